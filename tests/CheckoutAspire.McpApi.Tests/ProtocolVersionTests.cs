using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

public sealed class ProtocolVersionTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task Every_response_lists_the_same_protocol_versions()
    {
        using var raw = new RawMcp(Factory.Address);
        var body = $$$"""{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{{{RawMcp.Meta()}}}}}""";

        using var discovered = await raw.SendAsync(body, "server/discover");
        using var http = new HttpClient();
        using var unsupported = new HttpRequestMessage(HttpMethod.Post, new Uri(Factory.Address, "/mcp"))
        {
            Content = new StringContent(body.Replace("2026-07-28", "2099-01-01", StringComparison.Ordinal), null, "application/json"),
            Headers = { { "Accept", "application/json, text/event-stream" }, { "MCP-Protocol-Version", "2099-01-01" }, { "Mcp-Method", "server/discover" } },
        };
        using var refused = await http.SendAsync(unsupported, Cancellation);

        var versions = Texts((await RawMcp.ReadAsync(discovered)).GetProperty("result").GetProperty("supportedVersions"));
        Assert.Equal(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"], versions);
        Assert.Equal(
            versions.Order(),
            Texts((await RawMcp.ReadAsync(refused)).GetProperty("error").GetProperty("data").GetProperty("supported")).Order());
    }

    [Theory]
    [InlineData("2025-06-18", "2025-06-18")]
    [InlineData("2025-01-01", "2025-11-25")]
    [InlineData("2026-07-28", "2025-11-25")]
    [InlineData("2099-01-01", "2025-11-25")]
    [InlineData("draft", "2025-11-25")]
    public async Task A_session_of_an_unknown_revision_is_offered_the_newest_one(string asked, string answered)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Factory.Address, "/mcp"))
        {
            Content = new StringContent(
                $$$$"""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"{{{{asked}}}}","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""",
                null,
                "application/json"),
            Headers = { { "Accept", "application/json, text/event-stream" } },
        };
        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(answered, (await RawMcp.ReadAsync(response)).GetProperty("result").GetProperty("protocolVersion").GetString());
    }

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(item => item.GetString()!);
}
