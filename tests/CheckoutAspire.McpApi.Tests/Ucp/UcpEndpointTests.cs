using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Tests.Ucp;

public sealed class UcpEndpointTests(RedisFixture redis) : UcpTest(redis)
{
    private static readonly string[] s_tools =
        ["cancel_checkout", "complete_checkout", "create_checkout", "get_checkout", "get_order", "update_checkout"];

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_two_servers_share_an_address_and_no_tool(string revision)
    {
        await using var ucp = await ConnectAsync("/ucp/mcp", revision);
        await using var mcp = await ConnectAsync("/mcp", revision);
        var theirs = await ucp.ListToolsAsync(cancellationToken: Cancellation);
        var ours = await mcp.ListToolsAsync(cancellationToken: Cancellation);

        Assert.Equal(s_tools, theirs.Select(tool => tool.Name));
        Assert.Contains("initiate_checkout", ours.Select(tool => tool.Name));
        Assert.DoesNotContain(ours, tool => tool.Name is "create_checkout" or "complete_checkout" or "update_checkout" or "get_order");
        Assert.Contains("session_id", ours.Single(tool => tool.Name == "get_checkout").JsonSchema.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("ucp-agent", theirs.Single(tool => tool.Name == "get_checkout").JsonSchema.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(("checkout-aspire", "checkout-aspire-ucp"), (mcp.ServerInfo!.Name, ucp.ServerInfo!.Name));
        Assert.Contains("create_checkout", ucp.ServerInstructions, StringComparison.Ordinal);
        Assert.Null(ucp.ServerCapabilities.Resources);
        Assert.All(theirs, tool => Assert.True(tool.Description.Length > 80));
    }

    [Fact]
    public async Task The_tools_are_honest_about_what_they_do()
    {
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);

        Assert.Equal(
            [
                "cancel_checkout readOnly=False destructive=True idempotent=True",
                "complete_checkout readOnly=False destructive=False idempotent=True",
                "create_checkout readOnly=False destructive=False idempotent=False",
                "get_checkout readOnly=True destructive=False idempotent=True",
                "get_order readOnly=True destructive=False idempotent=True",
                "update_checkout readOnly=False destructive=True idempotent=True",
            ],
            tools.Select(tool => tool.ProtocolTool).Select(tool =>
                $"{tool.Name} readOnly={tool.Annotations!.ReadOnlyHint} destructive={tool.Annotations.DestructiveHint} idempotent={tool.Annotations.IdempotentHint}"));
    }

    /// <summary>As in the specification: a single POST of tools/call without a handshake.</summary>
    [Fact]
    public async Task A_tool_is_called_without_a_handshake()
    {
        var call = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = 1,
            ["method"] = "tools/call",
            ["params"] = new JsonObject
            {
                ["name"] = "create_checkout",
                ["arguments"] = new JsonObject { ["meta"] = Meta(), ["checkout"] = Lines(("tea", 1)) },
            },
        };

        using var response = await PostAsync(call.ToJsonString());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Mcp-Session-Id"));
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("ready_for_complete", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", null, HttpStatusCode.OK)]
    [InlineData("shop.example", "https://shop.example", HttpStatusCode.OK)]
    [InlineData("evil.example", null, HttpStatusCode.BadRequest)]
    [InlineData("localhost", "https://evil.example", HttpStatusCode.Forbidden)]
    public async Task A_page_of_another_origin_or_a_rebound_name_cannot_call(string host, string? origin, HttpStatusCode expected)
    {
        using var response = await PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}""", host, origin);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task The_profile_has_the_capabilities_and_the_endpoint()
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(Factory.Address, "/.well-known/ucp"), Cancellation);
        var profile = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("ucp");

        Assert.Equal("public, max-age=300", response.Headers.CacheControl!.ToString());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("2026-04-08", profile.GetProperty("version").GetString());
        var service = Assert.Single(profile.GetProperty("services").GetProperty("dev.ucp.shopping").EnumerateArray());
        Assert.Equal("mcp", service.GetProperty("transport").GetString());
        Assert.Equal("https://shop.example/ucp/mcp", service.GetProperty("endpoint").GetString());
        Assert.Equal(
            ["dev.ucp.shopping.checkout", "dev.ucp.shopping.order"], profile.GetProperty("capabilities").EnumerateObject().Select(entry => entry.Name));
        Assert.Empty(profile.GetProperty("payment_handlers").EnumerateObject());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("false")]
    public async Task The_profile_and_the_server_exist_only_if_UCP_is_switched_on(string? setting)
    {
        await using var off = new McpApiFactory(Redis.ConnectionString, Sandbox.ApiBase, builder => builder.UseSetting("CHECKOUT_UCP", setting));
        using var http = new HttpClient();

        using var profile = await http.GetAsync(new Uri(off.Address, "/.well-known/ucp"), Cancellation);
        using var tools = await PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}""", address: off.Address);

        Assert.Equal(HttpStatusCode.NotFound, profile.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, tools.StatusCode);
    }

    [Fact]
    public async Task The_seller_s_pages_are_linked()
    {
        await using var factory = new McpApiFactory(Redis.ConnectionString, Sandbox.ApiBase, builder => builder.UseSetting(
            "CHECKOUT_UCP_LINKS", "privacy_policy=https://shop.example/privacy, terms_of_service=https://shop.example/terms?a=b"));

        Assert.Equal(
            ["privacy_policy https://shop.example/privacy", "terms_of_service https://shop.example/terms?a=b"],
            ((IOptions<McpApi.Ucp.UcpOptions>)factory.Services.GetService(typeof(IOptions<McpApi.Ucp.UcpOptions>))!).Value.Links
                .Select(link => $"{link.Type} {link.Url}"));
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string? host = null, string? origin = null, Uri? address = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address ?? Factory.Address, "/ucp/mcp"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await http.SendAsync(request, Cancellation);
    }
}
