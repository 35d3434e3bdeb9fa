using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>Every hostile text in every textual argument of the protocol's tools, as their schemas list them.</summary>
public sealed class UcpHostileTextTests(RedisFixture redis) : UcpTest(redis)
{
    [Fact]
    public async Task A_text_of_a_platform_is_refused_with_a_sentence_or_returned_exactly_and_visible()
    {
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);
        var fields = tools.SelectMany(tool => TextsOf(tool.ProtocolTool.InputSchema, []).Select(path => (tool.Name, Path: path))).ToArray();
        ConcurrentBag<string> failures = [];

        await Parallel.ForEachAsync(
            fields.SelectMany(field => HostileTexts.All.Select(hostile => (field.Name, field.Path, hostile.Text, hostile.Why))),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation },
            async (call, cancellation) =>
            {
                if (await ProblemAsync(call.Name, call.Path, call.Text, cancellation) is { } problem)
                {
                    failures.Add($"{call.Name} {string.Join('.', call.Path)}, {call.Why}: {problem}");
                }
            });

        Assert.Empty(failures.Order(StringComparer.Ordinal).Take(20));
        Assert.InRange(fields.Length, 25, 40);
    }

    private async Task<string?> ProblemAsync(string tool, IReadOnlyList<string> path, string text, CancellationToken cancellation)
    {
        var arguments = new JsonObject { ["meta"] = Meta(NewKey()), ["id"] = "chk_0", ["checkout"] = Lines(("tea", 1)) };
        JsonNode owner = arguments;
        foreach (var name in path.SkipLast(1))
        {
            owner = owner is JsonArray list ? list[0]! : owner[name] ??= new JsonObject();
        }

        owner[path[^1]] = text;
        try
        {
            var result = await Client.CallToolAsync(tool, arguments.ToDictionary(entry => entry.Key, entry => (object?)entry.Value), cancellationToken: cancellation);
            var answer = Assert.NotNull(result.StructuredContent);
            return HostileTexts.HiddenIn(answer) is { } hidden ? $"the answer has {hidden}"
                : path.Contains("buyer", StringComparer.Ordinal) && answer.TryGetProperty("buyer", out var buyer) && buyer.GetProperty(path[^1]).GetString() != text
                    ? $"returned as {buyer}"
                : null;
        }
        catch (McpProtocolException refused)
        {
            return HostileTexts.HiddenIn(JsonSerializer.SerializeToElement(refused.Message)) ?? (refused.Message.EndsWith('.') && refused.Message.Contains(path[^1], StringComparison.Ordinal) ? null : refused.Message);
        }
    }

    private static IEnumerable<IReadOnlyList<string>> TextsOf(JsonElement schema, IReadOnlyList<string> path)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            yield break;
        }

        foreach (var property in properties.EnumerateObject())
        {
            IReadOnlyList<string> place = [.. path, property.Name];
            switch (property.Value.GetProperty("type").GetString())
            {
                case "string":
                    yield return place;
                    break;
                case "object":
                    foreach (var member in TextsOf(property.Value, place))
                    {
                        yield return member;
                    }

                    break;
                case "array":
                    foreach (var member in TextsOf(property.Value.GetProperty("items"), [.. place, "0"]))
                    {
                        yield return member;
                    }

                    break;
            }
        }
    }
}
