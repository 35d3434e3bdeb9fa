using System.Net;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Access;

public sealed class ApiKeyTests(RedisFixture redis) : IAsyncLifetime
{
    private static readonly string s_seller = NewKey();
    private static readonly string s_reader = NewKey();
    private static readonly string s_id = Guid.NewGuid().ToString("N");

    private StripeStub? _stripe;
    private McpApiFactory? _factory;
    private RawMcp? _raw;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stripe = await StripeStub.StartAsync();
        _factory = new McpApiFactory(redis.Server.ConnectionString, _stripe.Address, builder =>
        {
            // Outside Development, credentials are required.
            builder.UseEnvironment("Production");
            builder.UseSetting("CHECKOUT_PRICES", "open");
            // Otherwise the start counts the Prices at Stripe.
            builder.UseSetting("CHECKOUT_CATALOG_OPT_IN", "false");
            builder.UseSetting(
                "CHECKOUT_API_KEYS", $"seller-{s_id}:{Digest(s_seller)}, reader-{s_id}:{Digest(s_reader).ToUpperInvariant()}:checkout:read");
            // One test disposes of the connection to Redis, which the checks in the background use too. They must not end the service before it has answered.
            builder.ConfigureServices(services => services.Configure<HostOptions>(
                host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore));
        });
        _raw = new RawMcp(_factory.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _raw!.Dispose();
        await _factory!.DisposeAsync();
        await _stripe!.DisposeAsync();
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("X-API-Key", "")]
    public async Task A_key_sells_in_either_header(string header, string prefix)
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), header: (header, prefix + s_seller));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(_stripe!.Creates);
    }

    [Fact]
    public async Task Without_credentials_the_response_only_names_how_to_authenticate()
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            "Bearer realm=\"checkout\", scope=\"checkout:create checkout:read checkout:cancel\"", response.Headers.WwwAuthenticate.ToString());
        var error = (await RawMcp.ReadAsync(response)).GetProperty("error");
        Assert.Equal("unauthorized", error.GetProperty("data").GetProperty("code").GetString());
        Assert.Empty(_stripe!.Calls);
    }

    [Theory]
    [InlineData("initialize")]
    [InlineData("tools/list")]
    [InlineData("server/discover")]
    public async Task Without_credentials_not_even_the_tools_are_listed(string method)
    {
        using var response = await _raw!.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}"}""", method);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData("a.b.c")]
    public async Task An_unknown_key_is_rejected(string key)
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), header: ("X-API-Key", key));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Empty(_stripe!.Calls);
    }

    [Fact]
    public async Task The_digest_itself_opens_nothing()
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), bearer: Digest(s_seller));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_caller_that_may_only_read_cannot_sell_and_its_model_learns_the_missing_scope()
    {
        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), bearer: s_reader);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            "Bearer error=\"insufficient_scope\", realm=\"checkout\", scope=\"checkout:create\"", response.Headers.WwwAuthenticate.ToString());
        var answer = await RawMcp.ReadAsync(response);
        Assert.Equal(7, answer.GetProperty("id").GetInt32());
        Assert.True(answer.GetProperty("result").GetProperty("isError").GetBoolean());
        var data = answer.GetProperty("result").GetProperty("structuredContent");
        Assert.Equal("insufficient_scope", data.GetProperty("code").GetString());
        Assert.Equal("unrecoverable", data.GetProperty("severity").GetString());
        Assert.Empty(_stripe!.Calls);
        // Other tests of this class are rejected too, and one entry is written each second.
        var entries = (await AuditReader.ReadAsync(redis.Server.Connection, $"key:reader-{s_id}")).Where(entry => entry["tool"] == "initiate_checkout");
        Assert.Equal(("rejected", "insufficient_scope"), Assert.Single(entries.Select(entry => (entry["phase"], entry["decision"])).Distinct()));
    }

    [Fact]
    public async Task A_caller_that_may_not_cancel_cannot_replace_a_checkout()
    {
        var key = NewKey();
        await using var factory = new McpApiFactory(redis.Server.ConnectionString, _stripe!.Address, builder =>
            builder.UseSetting("CHECKOUT_API_KEYS", $"creator-{s_id}:{Digest(key)}:checkout:create"));
        using var raw = new RawMcp(factory.Address);
        using var sale = await raw.CallAsync("initiate_checkout", McpApiTest.Mug(), bearer: key);
        var old = (await RawMcp.ReadAsync(sale)).GetProperty("result").GetProperty("structuredContent").GetProperty("session_id").GetString();
        var before = _stripe.Calls.Count;

        using var response = await raw.CallAsync("initiate_checkout", new() { ["replaces"] = old, ["quantity"] = 2 }, bearer: key);

        Assert.EndsWith("scope=\"checkout:cancel\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            "insufficient_scope",
            (await RawMcp.ReadAsync(response)).GetProperty("result").GetProperty("structuredContent").GetProperty("code").GetString());
        Assert.Equal(before, _stripe.Calls.Count);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Rejections_reach_the_model_in_both_revisions(string revision)
    {
        await using var client = await _factory!.ConnectAsync(revision, headers: Bearer(s_reader));

        var result = await client.CallToolAsync("initiate_checkout", McpApiTest.Mug(), cancellationToken: Cancellation);

        Assert.True(result.IsError);
        Assert.Equal("insufficient_scope", Assert.NotNull(result.StructuredContent).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task A_caller_lists_only_the_tools_that_it_may_call(string revision)
    {
        await using var reader = await _factory!.ConnectAsync(revision, headers: Bearer(s_reader));
        await using var seller = await _factory.ConnectAsync(revision, headers: Bearer(s_seller));

        Assert.Equal(
            ["get_checkout", "list_checkouts", "list_products", "wait_for_payment"],
            (await reader.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name));
        Assert.Equal(6, (await seller.ListToolsAsync(cancellationToken: Cancellation)).Count);
    }

    [Fact]
    public async Task A_resource_without_the_scope_is_an_HTTP_status()
    {
        var seller = NewKey();
        await using var factory = new McpApiFactory(redis.Server.ConnectionString, _stripe!.Address, builder =>
            builder.UseSetting("CHECKOUT_API_KEYS", $"only-{s_id}:{Digest(seller)}:checkout:create"));
        using var raw = new RawMcp(factory.Address);

        using var response = await raw.SendAsync(
            $$$"""{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"checkout://sessions/cs_test_a","_meta":{{{RawMcp.Meta()}}}}}""",
            "resources/read", bearer: seller);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(
            "insufficient_scope", (await RawMcp.ReadAsync(response)).GetProperty("error").GetProperty("data").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_caller_with_the_read_scope_can_read()
    {
        await using var client = await _factory!.ConnectAsync(headers: Bearer(s_reader));

        var result = await client.CallToolAsync(
            "get_checkout", new Dictionary<string, object?> { ["session_id"] = "cs_test_none" }, cancellationToken: Cancellation);

        Assert.Equal("not_found", Assert.NotNull(result.StructuredContent).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_session_of_2025_11_25_belongs_to_who_opened_it()
    {
        await using var seller = await _factory!.ConnectAsync("2025-11-25", headers: Bearer(s_seller));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_factory.Address, "/mcp"))
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", Encoding.UTF8, "application/json"),
            Headers =
            {
                { "Authorization", "Bearer " + s_reader }, { "Mcp-Session-Id", seller.SessionId }, { "MCP-Protocol-Version", "2025-11-25" },
                { "Accept", "application/json, text/event-stream" },
            },
        };

        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_defect_shows_nothing_of_the_inside()
    {
        // An unexpected failure: the connection is disposed.
        await _factory!.Services.GetRequiredService<IConnectionMultiplexer>().DisposeAsync();

        using var response = await _raw!.CallAsync("initiate_checkout", McpApiTest.Mug(), bearer: s_reader);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var answer = await RawMcp.ReadAsync(response);
        Assert.Equal(7, answer.GetProperty("id").GetInt32());
        Assert.Equal(
            """{"code":-32603,"message":"Unexpected server error."}""", answer.GetProperty("error").GetRawText());
    }

    [Fact]
    public async Task Buyers_pages_and_health_checks_require_no_credentials()
    {
        using var http = new HttpClient { BaseAddress = _factory!.Address };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/checkout/success", UriKind.Relative), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/alive", UriKind.Relative), Cancellation)).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await http.GetAsync(new Uri("/.well-known/oauth-protected-resource/mcp", UriKind.Relative), Cancellation)).StatusCode);
    }

    private static Dictionary<string, string> Bearer(string key) => new() { ["Authorization"] = "Bearer " + key };

    private static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
