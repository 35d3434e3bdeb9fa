using System.Collections.Concurrent;
using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Every hostile text in every textual argument of every tool, as the tools' own schemas list them.</summary>
public sealed class HostileTextTests(RedisFixture redis) : McpApiTest(redis)
{
    // Ids of a fixed format, which no other text has.
    private static readonly string[] s_formatted = ["session_id", "price_id", "currency"];

    // What answers return of it.
    private static readonly string[] s_returned =
        ["product_name", "client_reference_id", "buyer_ref", "caller_ref", "line_items.product_name", "line_items.caller_ref"];

    protected override void Configure(IWebHostBuilder builder) =>
        builder.UseSetting("CHECKOUT_CATALOG", Path.Combine(AppContext.BaseDirectory, "catalog.example.json"));

    [Fact]
    public async Task A_text_is_refused_with_a_sentence_that_names_its_argument_or_returned_exactly_visible_and_marked()
    {
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);
        var fields = tools.SelectMany(tool => TextsOf(tool.ProtocolTool.InputSchema, "").Select(field => (tool.Name, Field: field))).ToArray();
        ConcurrentBag<string> failures = [];
        ConcurrentDictionary<string, int> accepted = [];

        await Parallel.ForEachAsync(
            fields.SelectMany(field => HostileTexts.All.Select(hostile => (field.Name, field.Field, hostile.Text, hostile.Why))),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation },
            async (call, cancellation) =>
            {
                var result = await Client.CallToolAsync(call.Name, Arguments(call.Name, call.Field, call.Text), cancellationToken: cancellation);
                var problem = result.IsError is true ? ProblemOfRefusal(result, call.Field) : await ProblemOfAnswerAsync(result, call.Name, call.Field, call.Text);
                if (problem is not null)
                {
                    failures.Add($"{call.Name} {call.Field}, {call.Why}: {problem}");
                }
                else if (result.IsError is not true)
                {
                    accepted.AddOrUpdate(call.Field, 1, (_, count) => count + 1);
                }
            });

        Assert.Empty(failures.Order(StringComparer.Ordinal).Take(20));
        Assert.InRange(fields.Length, 20, 40);
        // Links are allowed where no buyer reads them, and a comma is always allowed.
        Assert.Equal(1, accepted["product_name"]);
        Assert.InRange(accepted["client_reference_id"], 10, 60);
    }

    [Fact]
    public async Task The_name_of_an_unknown_argument_is_shown_without_what_cannot_be_seen()
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("pri\u200Bce\u3164\u202E", 1)));

        Assert.Equal("price", error.GetProperty("param").GetString());
        Assert.StartsWith("initiate_checkout has no argument price.", error.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> TextsOf(JsonElement schema, string prefix)
    {
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
        {
            switch (property.Value.GetProperty("type").GetString())
            {
                case "string" when !property.Value.TryGetProperty("enum", out _):
                    yield return prefix + property.Name;
                    break;
                case "array":
                    foreach (var member in TextsOf(property.Value.GetProperty("items"), property.Name + "."))
                    {
                        yield return member;
                    }

                    break;
            }
        }
    }

    private static Dictionary<string, object?> Arguments(string tool, string field, string text)
    {
        var parts = field.Split('.');
        if (tool != "initiate_checkout")
        {
            return tool == "wait_for_payment" && field != "session_id" ? new() { [field] = text, ["session_id"] = "cs_test_nothing" } : new() { [field] = text };
        }

        var key = ("idempotency_key", (object?)Guid.NewGuid().ToString());
        return parts switch
        {
            ["line_items", var member] => new() { ["line_items"] = new[] { Line(member, text) }, ["idempotency_key"] = key.Item2 },
            ["metadata", var member] => Mug(
                key, ("metadata", new[] { new { key = member == "key" ? text : "note", value = member == "value" ? text : "x" } })),
            _ => Line(field, text).Append(KeyValuePair.Create("idempotency_key", field == "idempotency_key" ? text : key.Item2))
                .DistinctBy(argument => argument.Key).ToDictionary(StringComparer.Ordinal),
        };
    }

    private static Dictionary<string, object?> Line(string member, string text) =>
        member is "product_id" or "price_id" ? new() { [member] = text } : Mug((member, text));

    private static string? ProblemOfRefusal(CallToolResult result, string field)
    {
        var error = Assert.NotNull(result.StructuredContent);
        var (sentence, param) = (error.GetProperty("error").GetString()!, error.TryGetProperty("param", out var named) ? named.GetString()! : "");
        return error.GetProperty("code").GetString() switch
        {
            _ when HostileTexts.HiddenIn(error) is { } hidden => $"the refusal has {hidden}",
            "text_not_allowed" or "invalid_request" or "not_found" or "origin_not_allowed" or "currency_not_supported"
                when param.Replace("[0]", "", StringComparison.Ordinal) == field && sentence.Contains(param, StringComparison.Ordinal) && sentence.EndsWith('.') => null,
            // The buyer is looked up after the session.
            "not_found" when field == "buyer_ref" => null,
            var code => $"{code} for {param}: {sentence}",
        };
    }

    private async Task<string?> ProblemOfAnswerAsync(CallToolResult result, string tool, string field, string text)
    {
        var answer = Assert.NotNull(result.StructuredContent);
        if (HostileTexts.HiddenIn(answer) is { } hidden)
        {
            return $"the answer has {hidden}";
        }

        if (tool != "initiate_checkout" || s_formatted.Contains(field.Split('.')[^1], StringComparer.Ordinal))
        {
            return tool == "initiate_checkout" ? "it was sold" : null;
        }

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = answer.GetProperty("session_id").GetString() });
        if (HostileTexts.HiddenIn(checkout) is { } shown)
        {
            return $"the checkout has {shown}";
        }

        if (!s_returned.Contains(field, StringComparer.Ordinal))
        {
            return null;
        }

        var member = field switch
        {
            "line_items.product_name" or "line_items.caller_ref" => field.Replace("line_items.", "line_items[0].", StringComparison.Ordinal),
            "caller_ref" => "line_items[0].caller_ref",
            _ => field,
        };
        var found = member.StartsWith("line_items[0].", StringComparison.Ordinal)
            ? checkout.GetProperty("line_items")[0].GetProperty(member["line_items[0].".Length..])
            : checkout.GetProperty(member);
        return found.GetString() != text ? $"returned as {found}"
            : checkout.GetProperty("caller_text").EnumerateArray().Any(marked => marked.GetString() == member) ? null
            : "returned without its mark";
    }
}
