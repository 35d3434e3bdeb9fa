using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;

namespace CheckoutAspire.McpApi.Tests;

public sealed class HostAndOriginTests(RedisFixture redis) : McpApiTest(redis)
{
    private const string Initialize =
        """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
        """;

    protected override void Configure(IWebHostBuilder builder)
    {
        builder.UseSetting("AllowedHosts", "mcpapi;10.1.2.3");
        builder.UseSetting("CHECKOUT_CLIENT_ORIGINS", "https://app.example");
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_send_and_read_what_the_protocol_needs()
    {
        using var preflight = await SendAsync(HttpMethod.Options, "/mcp", "https://app.example", request =>
        {
            request.Headers.Add("Access-Control-Request-Method", "POST");
            request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,last-event-id,mcp-method,mcp-name,mcp-protocol-version,mcp-session-id");
        });
        using var other = await SendAsync(HttpMethod.Options, "/mcp", "https://evil.example", request => request.Headers.Add("Access-Control-Request-Method", "POST"));
        using var called = await SendAsync(HttpMethod.Post, "/mcp", "https://app.example", request =>
        {
            request.Content = new StringContent(Initialize, Encoding.UTF8, "application/json");
            request.Headers.Add("Accept", "application/json, text/event-stream");
        });

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal("https://app.example", Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Equal("GET,POST,DELETE", Header(preflight, "Access-Control-Allow-Methods"));
        Assert.Contains("mcp-session-id", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.OK, called.StatusCode);
        Assert.Equal("https://app.example", Header(called, "Access-Control-Allow-Origin"));
        Assert.Contains("Mcp-Session-Id", Header(called, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Contains("WWW-Authenticate", Header(called, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_page_may_read_the_metadata_documents()
    {
        using var preflight = await SendAsync(HttpMethod.Options, "/.well-known/oauth-protected-resource/mcp", "https://any.example", request =>
        {
            request.Headers.Add("Access-Control-Request-Method", "GET");
            request.Headers.Add("Access-Control-Request-Headers", "mcp-protocol-version");
        });

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal("*", Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Equal("mcp-protocol-version", Header(preflight, "Access-Control-Allow-Headers"));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Probes_of_any_host_are_answered(string path)
    {
        // The service is not ready, and answers 503, until it has verified the ledger.
        var status = await Eventually.GetAsync(
            async () =>
            {
                using var response = await SendAsync(HttpMethod.Get, path, origin: null, request => request.Headers.Host = "10.9.8.7:8080");
                return response.StatusCode;
            },
            status => status is not HttpStatusCode.ServiceUnavailable,
            TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, status);
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(',', response.Headers.GetValues(name));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? origin, Action<HttpRequestMessage> change)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(Factory.Address, path));
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        change(request);
        return await http.SendAsync(request, Cancellation);
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.OK)]
    [InlineData("localhost", null, HttpStatusCode.OK)]
    [InlineData("127.0.0.1:5080", null, HttpStatusCode.OK)]
    [InlineData("[::1]:5080", null, HttpStatusCode.OK)]
    [InlineData("shop.example", "https://shop.example", HttpStatusCode.OK)]
    [InlineData("localhost", "http://localhost:6274", HttpStatusCode.OK)]
    [InlineData("localhost", "http://127.0.0.1:6274", HttpStatusCode.OK)]
    [InlineData("evil.example", null, HttpStatusCode.BadRequest)]
    [InlineData("localhost.evil.example", null, HttpStatusCode.BadRequest)]
    [InlineData("localhost", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "http://shop.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "http://localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "null", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "file://", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "file:///page", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "chrome-extension://localhost", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "http://loopback", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "https://app.example", HttpStatusCode.OK)]
    [InlineData("mcpapi:8080", null, HttpStatusCode.OK)]
    public async Task A_page_of_another_origin_or_a_rebound_name_cannot_call(string? host, string? origin, HttpStatusCode expected)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Factory.Address, "/mcp"))
        {
            Content = new StringContent(Initialize, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
    }
}
