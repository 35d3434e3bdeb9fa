using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed partial class CheckoutAppTests(RedisFixture redis) : McpApiTest(redis)
{
    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_tools_whose_result_is_a_checkout_name_the_app_and_it_can_be_read(string revision)
    {
        await using var client = await Factory.ConnectAsync(revision);

        var tools = (await client.ListToolsAsync(cancellationToken: Cancellation)).ToDictionary(tool => tool.Name, StringComparer.Ordinal);
        Assert.All(
            (string[])["initiate_checkout", "get_checkout", "wait_for_payment"],
            name => Assert.Equal("ui://checkout/card", (string?)tools[name].ProtocolTool.Meta!["ui"]!["resourceUri"]));
        var listed = Assert.Single(await client.ListResourcesAsync(cancellationToken: Cancellation));
        Assert.Equal(("ui://checkout/card", "text/html;profile=mcp-app"), (listed.Uri, listed.MimeType));

        var result = await client.ReadResourceAsync("ui://checkout/card", cancellationToken: Cancellation);

        var card = Assert.IsType<TextResourceContents>(Assert.Single(result.Contents));
        Assert.Equal(("ui://checkout/card", "text/html;profile=mcp-app"), (card.Uri, card.MimeType));
        Assert.Equal("""{"connectDomains":[],"resourceDomains":[]}""", card.Meta!["ui"]!["csp"]!.ToJsonString());
        Assert.StartsWith("<!doctype html>", card.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_app_loads_nothing_and_allows_only_its_own_style_and_script()
    {
        var result = await Client.ReadResourceAsync("ui://checkout/card", cancellationToken: Cancellation);
        var html = Assert.IsType<TextResourceContents>(Assert.Single(result.Contents)).Text;

        Assert.DoesNotMatch(Loads(), html);
        Assert.DoesNotContain("innerHTML", html, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", html, StringComparison.Ordinal);
        Assert.Matches("default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'", html);
    }

    [GeneratedRegex(@"\s(src|href|action)=|@import|\burl\(|fetch\(|XMLHttpRequest|WebSocket")]
    private static partial Regex Loads();
}
