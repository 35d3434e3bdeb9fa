using System.Net;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;

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
        ["expired", "not yet", "other issuer", "other audience", "forged", "confused", "unsigned", "no subject", "cut", "not a token"];

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
    public async Task A_new_key_of_the_authorization_server_is_learned()
    {
        using (await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), _server!.Token()))
        {
            _server.Rotate();
        }

        // The keys are refreshed in the background.
        var status = await Eventually.GetAsync(
            async () =>
            {
                using var response = await _raw.CallAsync("initiate_checkout", McpApiTest.Mug(), _server.Token());
                return response.StatusCode;
            },
            code => code is HttpStatusCode.OK,
            Cancellation);

        Assert.Equal(HttpStatusCode.OK, status);
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

    // {"alg":"none"}
    private static string Unsigned(string token)
    {
        var header = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}""")).TrimEnd('=');
        return $"{header}.{token.Split('.')[1]}.";
    }

    private McpApiFactory Start(Action<IWebHostBuilder>? configure = null) => new(redis.Server.ConnectionString, _stripe!.Address, builder =>
    {
        builder.UseSetting("CHECKOUT_OAUTH_AUTHORITY", _server!.Issuer);
        configure?.Invoke(builder);
    });
}
