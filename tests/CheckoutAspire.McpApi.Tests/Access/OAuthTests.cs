using System.Net;
using System.Net.Sockets;
using System.Text;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace CheckoutAspire.McpApi.Tests.Access;

public sealed class OAuthTests(RedisFixture redis) : IAsyncLifetime
{
    private AuthorizationServer? _server;
    private StripeStub? _stripe;
    private McpApiFactory? _factory;
    private RawMcp? _raw;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await AuthorizationServer.StartAsync();
        _stripe = await StripeStub.StartAsync();
        _factory = Start();
        _raw = new RawMcp(_factory.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _raw!.Dispose();
        await _factory!.DisposeAsync();
        await _stripe!.DisposeAsync();
        await _server!.DisposeAsync();
    }

    [Theory]
    [InlineData("scope")]
    [InlineData("scp")]
    public async Task A_token_of_the_authorization_server_sells_in_its_subjects_name(string claim)
    {
        var subject = Guid.NewGuid().ToString("N");

        using var response = await _raw!.CallAsync(
            "initiate_checkout", McpApiTest.Mug(), _server!.Token("openid checkout:create", subject, scopeClaim: claim));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(_stripe!.Creates);
        var entries = await AuditReader.ReadAsync(redis.Server.Connection, $"oauth:{_server.Issuer}|{subject}");
        Assert.Equal(["pending", "ok"], entries.Select(entry => entry["decision"]));
    }

    public static TheoryData<string> WrongTokens() =>
        ["expired", "not yet", "other issuer", "other audience", "other endpoint", "critical", "logout", "refresh", "forged", "confused", "unsigned", "no subject", "cut", "not a token"];

    [Theory]
    [MemberData(nameof(WrongTokens))]
    public async Task An_invalid_token_is_rejected(string wrong)
    {
        var token = wrong switch
        {
            "expired" => _server!.Token(age: TimeSpan.FromMinutes(12)),
            "not yet" => _server!.Token(age: TimeSpan.FromMinutes(-5)),
            "other issuer" => _server!.Token(issuer: "https://login.evil.example"),
            "other audience" => _server!.Token(audience: "https://other.example/mcp"),
            "other endpoint" => _server!.Token(audience: "https://shop.example/ucp/mcp"),
            "critical" => _server!.Token(header: ("crit", new[] { "exp" })),
            "logout" => _server!.Token(type: "logout+jwt"),
            "refresh" => _server!.Token(claim: ("typ", "Refresh")),
            "forged" => _server!.Token(credentials: _server.Forged),
            "confused" => _server!.Token(credentials: _server.Confused),
            "unsigned" => Unsigned(_server!.Token()),
            "no subject" => _server!.Token(subject: null),
            "cut" => _server!.Token()[..^4],
            _ => "not-a-token",
        };

        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            $"Bearer error=\"invalid_token\", resource_metadata=\"https://shop.example/.well-known/oauth-protected-resource/mcp\", "
            + "scope=\"checkout:create checkout:read checkout:cancel\"",
            response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(_stripe!.Calls);
    }

    [Fact]
    public async Task The_response_to_a_token_without_the_scope_names_the_missing_scope()
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), _server!.Token("checkout:read checkout:cancel"));

        // Clients show their model a result, but not the body of a 403.
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            "Bearer error=\"insufficient_scope\", resource_metadata=\"https://shop.example/.well-known/oauth-protected-resource/mcp\", "
            + "scope=\"checkout:create\"",
            response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(_stripe!.Calls);
    }

    [Theory]
    [InlineData("", "https://shop.example/mcp")]
    [InlineData("/mcp", "https://shop.example/mcp")]
    [InlineData("/mcp/", "https://shop.example/mcp")]
    [InlineData("/MCP", "https://shop.example/mcp")]
    [InlineData("/ucp/mcp", "https://shop.example/ucp/mcp")]
    public async Task A_client_finds_the_authorization_server_by_the_resources_metadata(string path, string resource)
    {
        await using var both = Start(builder => builder.UseSetting("CHECKOUT_UCP", "true"));
        using var http = new HttpClient { BaseAddress = both.Address };

        using var response = await http.GetAsync(new Uri("/.well-known/oauth-protected-resource" + path, UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var metadata = await RawMcp.ReadAsync(response);
        Assert.Equal(resource, metadata.GetProperty("resource").GetString());
        Assert.Equal([_server!.Issuer], metadata.GetProperty("authorization_servers").EnumerateArray().Select(server => server.GetString()));
        Assert.Equal(
            ["checkout:create", "checkout:read", "checkout:cancel"],
            metadata.GetProperty("scopes_supported").EnumerateArray().Select(scope => scope.GetString()));
    }

    [Fact]
    public async Task An_endpoint_that_is_switched_off_has_no_metadata()
    {
        using var http = new HttpClient { BaseAddress = _factory!.Address };

        using var response = await http.GetAsync(new Uri("/.well-known/oauth-protected-resource/ucp/mcp", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task A_new_key_of_the_authorization_server_is_accepted_at_once()
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_factory!.Address));

        _server!.Rotate();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_factory!.Address));
    }

    [Fact]
    public async Task While_the_authorization_server_is_unreachable_the_response_has_Retry_After()
    {
        var token = _server!.Token();
        await _server.DisposeAsync();

        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("5", response.Headers.RetryAfter?.ToString());
        Assert.Empty(_stripe!.Calls);
    }

    [Theory]
    [InlineData("/mcp/")]
    [InlineData("/MCP")]
    public async Task Every_spelling_of_the_path_leads_to_the_same_metadata(string path)
    {
        using var refused = await _raw!.SendAsync("{}", "tools/list", path: path);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("resource_metadata=\"https://shop.example/.well-known/oauth-protected-resource/mcp\"", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at+jwt")]
    [InlineData("JWT")]
    public async Task A_token_of_a_known_type_is_accepted(string type)
    {
        using var response = await _raw!.CallAsync("list_checkouts", [], _server!.Token(type: type));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_silent_authorization_server_delays_only_the_first_requests()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var factory = Start(builder => builder
            .UseSetting("CHECKOUT_OAUTH_METADATA_URL", $"http://localhost:{((IPEndPoint)silent.LocalEndpoint).Port}/metadata")
            .ConfigureTestServices(services => services.AddSingleton<TimeProvider>(time)));
        var address = factory.Address;
        var first = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StatusAsync(address)));
        using var connection = await silent.AcceptTcpClientAsync(Cancellation);

        // The timeout begins before the connection is made.
        time.Advance(SigningKeys.Timeout);
        Assert.All(await first, status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));

        // The next calls to the server run in the background.
        for (var request = 0; request < 5; request++)
        {
            time.Advance(SigningKeys.Timeout);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(address));
        }
    }

    [Fact]
    public async Task Streams_end_when_their_token_ends()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var factory = Start(builder => builder.ConfigureTestServices(services => services
            .AddSingleton<TimeProvider>(time)
            .Configure<StreamOptions>(streams => streams.CommentInterval = TimeSpan.FromMilliseconds(100))));
        using var raw = new RawMcp(factory.Address);
        var token = _server!.Token(age: TimeSpan.FromMinutes(5));
        using var sold = await raw.CallAsync("initiate_checkout", McpApiTest.Mug(), token);
        var id = (await RawMcp.ReadAsync(sold)).GetProperty("result").GetProperty("structuredContent").GetProperty("session_id").GetString()!;

        // The headers arrive with the first comment. The clock moves slowly, so that the token does not end while a busy machine begins the calls.
        var calling = raw.CallAsync("wait_for_payment", new() { ["session_id"] = id, ["timeout_seconds"] = 600 }, token);
        var listening = raw.SendAsync(RawMcp.Listen(["checkout://sessions/" + id]), "subscriptions/listen", bearer: token);
        await time.AdvanceUntilAsync(Task.WhenAll(calling, listening), TimeSpan.FromMilliseconds(100), Cancellation);
        using var wait = await calling;
        using var subscription = await listening;
        var ends = Task.WhenAll(wait.Content.ReadAsStringAsync(Cancellation), subscription.Content.ReadAsStringAsync(Cancellation));
        Assert.False(ends.IsCompleted);

        // The token is valid for five minutes more, and the call would wait for ten.
        time.Advance(TimeSpan.FromMinutes(5));

        Assert.All(await ends.WaitAsync(TimeSpan.FromMinutes(1), Cancellation), stream => Assert.DoesNotContain("\"result\"", stream, StringComparison.Ordinal));
    }

    private async Task<HttpStatusCode> StatusAsync(Uri address)
    {
        using var raw = new RawMcp(address);
        using var response = await raw.CallAsync("list_checkouts", [], _server!.Token());
        return response.StatusCode;
    }

    // {"alg":"none"}
    private static string Unsigned(string token)
    {
        var header = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}""")).TrimEnd('=');
        return $"{header}.{token.Split('.')[1]}.";
    }

    /// <summary>Starts the service with a clock that stands still: on a busy machine the authorization server of the tests may need more than five seconds.</summary>
    private McpApiFactory Start(Action<IWebHostBuilder>? configure = null) => new(redis.Server.ConnectionString, _stripe!.Address, builder =>
    {
        builder.UseSetting("CHECKOUT_OAUTH_AUTHORITY", _server!.Issuer)
            .ConfigureTestServices(services => services.AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow())));
        configure?.Invoke(builder);
    });
}
