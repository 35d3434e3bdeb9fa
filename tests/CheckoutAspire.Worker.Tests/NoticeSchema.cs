using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.TestKit;
using Json.Schema;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The published schemas of <c>docs/schemas</c>.</summary>
internal static class NoticeSchema
{
    private static readonly ConcurrentDictionary<string, string> s_schemas = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, JsonSchema> s_compiled = new(StringComparer.Ordinal);

    /// <summary>The body is valid, and the schema describes each of its members.</summary>
    public static void AssertFits(string type, JsonNode body)
    {
        var text = s_schemas.GetOrAdd(type, static name => File.ReadAllText(Path.Combine(Repository.Root, "docs", "schemas", name + ".schema.json")));
        var results = s_compiled.GetOrAdd(type, _ => JsonSchema.FromText(text))
            .Evaluate(body.Deserialize<JsonElement>(), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        Assert.True(
            results.IsValid,
            string.Join('\n', (results.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}"))));
        var schema = JsonNode.Parse(text)!;
        AssertDescribed(schema, schema, body, "");
    }

    private static void AssertDescribed(JsonNode root, JsonNode schema, JsonNode? value, string path)
    {
        var described = Resolve(root, schema, value);
        if (value is JsonObject members)
        {
            foreach (var (name, member) in members)
            {
                var known = described["properties"]?[name] ?? described["additionalProperties"];
                Assert.True(known is not null, $"The schema does not describe {path}/{name}.");
                AssertDescribed(root, known!, member, $"{path}/{name}");
            }
        }
        else if (value is JsonArray items)
        {
            foreach (var item in items)
            {
                AssertDescribed(root, described["items"]!, item, path + "/[]");
            }
        }
    }

    /// <summary>Follows a reference, and takes the alternative that is not null.</summary>
    private static JsonNode Resolve(JsonNode root, JsonNode schema, JsonNode? value) =>
        schema["oneOf"] is JsonArray alternatives ? Resolve(root, alternatives[value is null ? 0 : 1]!, value)
        : (string?)schema["$ref"] is { } reference ? root["$defs"]![reference["#/$defs/".Length..]]!
        : schema;
}
