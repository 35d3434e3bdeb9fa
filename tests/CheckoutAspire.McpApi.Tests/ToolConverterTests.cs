using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The converters with which frameworks pass the tool list to model providers, from npm: <c>tests/npm/tool-converters.mjs</c>.</summary>
[Trait("loop", "long")]
public sealed class ToolConverterTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task Every_provider_accepts_the_tool_list_as_the_frameworks_convert_it()
    {
        using var raw = new RawMcp(Factory.Address);
        using var response = await raw.SendAsync(RawMcp.List, "tools/list");
        var list = (await RawMcp.ReadAsync(response)).GetProperty("result").GetProperty("tools").GetRawText();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, list, Cancellation);

        _ = Repository.Npm("@openai/agents-core/package.json");
        var run = await ChildProcess.RunAsync("node", [Path.Combine(Repository.Root, "tests", "npm", "tool-converters.mjs"), file], Cancellation);

        File.Delete(file);
        using var report = JsonDocument.Parse(run.Required);
        // docs/mcp.md has this list. Anthropic's strict mode moves limits to descriptions, and a value of an enum has its type.
        Assert.Equal(
            [
                "OpenAI Agents, strict: refuses [], loses []",
                "Gemini by LangChain: refuses [], loses []",
                "Gemini by AI SDK: refuses [], loses []",
                "Gemini by Google's SDK: refuses [], loses []",
                "Anthropic: refuses [], loses []",
                """Anthropic, strict: refuses [], loses ["maximum","minimum","type"]""",
            ],
            report.RootElement.EnumerateObject().Select(converter =>
                $"{converter.Name}: refuses {converter.Value.GetProperty("refused").GetRawText()}, loses {converter.Value.GetProperty("lost").GetRawText()}"));
    }
}
