using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.AI;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Derives a tool's JSON schemas from its records and their attributes.</summary>
internal static class ToolSchema
{
    // The keywords that the converters of every model provider accept and keep (docs/mcp.md). Gemini's API rejects a request with any other one.
    private static readonly FrozenSet<string> s_inputKeywords = FrozenSet.Create(
        StringComparer.Ordinal, "type", "properties", "required", "items", "enum", "description", "minimum", "maximum");

    private static readonly AIJsonSchemaCreateOptions s_createOptions = new() { TransformSchemaNode = Complete };

    /// <summary>Schema of the arguments that clients and models see: the part of <see cref="Rules"/> that every model provider accepts.</summary>
    public static JsonElement Input<TInput>() => ToElement(Reduce(Create(typeof(TInput))));

    /// <summary>The whole schema of the arguments, with lengths, patterns and the number of items, for <see cref="ArgumentValidator"/>.</summary>
    public static JsonElement Rules<TInput>() => ToElement(Create(typeof(TInput)));

    /// <summary>Schema of the structured content, which is the result or the error.</summary>
    /// <remarks>
    /// Some clients, such as the TypeScript SDK's
    /// <see href="https://github.com/modelcontextprotocol/typescript-sdk/blob/main/src/client/index.ts">callTool</see>, validate an error's structured content with this
    /// schema too.
    /// </remarks>
    public static JsonElement Output<TOutput>()
    {
        var result = Create(typeof(TOutput));
        var error = Create(typeof(CheckoutError));
        // The values of these, which docs/errors.md has, would be a tenth of the tool list.
        error["properties"]!["code"]!.AsObject().Remove("enum");
        error["properties"]!["severity"]!.AsObject().Remove("enum");
        foreach (var (_, property) in result["properties"]!.AsObject())
        {
            // The members of a checkout in a list are described where a single one is returned.
            RemoveDescriptions(property!["items"]);
        }

        var properties = new JsonObject();
        foreach (var (name, property) in result["properties"]!.AsObject().Concat(error["properties"]!.AsObject()))
        {
            properties[name] = property!.DeepClone();
        }

        return ToElement(new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["anyOf"] = new JsonArray(
                new JsonObject { ["required"] = result["required"]!.DeepClone() },
                new JsonObject { ["required"] = error["required"]!.DeepClone() }),
        });
    }

    /// <summary>Schema of the structured content of a tool that returns the same as another one, whose schema is not repeated.</summary>
    public static JsonElement SameOutputAs(string tool) =>
        ToElement(new JsonObject { ["type"] = "object", ["description"] = $"As {tool} returns." });

    private static void RemoveDescriptions(JsonNode? schema)
    {
        foreach (var (_, property) in schema?["properties"] as JsonObject ?? [])
        {
            property!.AsObject().Remove("description");
            RemoveDescriptions(property["items"]);
        }
    }

    private static JsonObject Reduce(JsonObject schema)
    {
        foreach (var keyword in schema.Select(member => member.Key).Where(keyword => !s_inputKeywords.Contains(keyword)).ToArray())
        {
            schema.Remove(keyword);
        }

        foreach (var (_, property) in schema["properties"] as JsonObject ?? [])
        {
            Reduce(property!.AsObject());
        }

        if (schema["items"] is JsonObject item)
        {
            Reduce(item);
        }

        return schema;
    }

    private static JsonObject Create(Type type) => JsonNode.Parse(AIJsonUtilities
        .CreateJsonSchema(type, serializerOptions: ToolJsonOptions.Unescaped.Options, inferenceOptions: s_createOptions)
        .GetRawText())!.AsObject();

    private static JsonNode Complete(AIJsonSchemaCreateContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            return node;
        }

        // An optional argument is absent, or null, which the validator treats as absent. Gemini's API rejects the schema ["string", "null"].
        if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.First(type => (string?)type != "null")!.DeepClone();
        }

        if (schema["enum"] is JsonArray values)
        {
            values.RemoveAll(value => value is null);
        }

        return schema;
    }

    private static JsonElement ToElement(JsonObject schema) => JsonSerializer.SerializeToElement(schema, ToolJsonOptions.Unescaped.JsonObject);

    /// <summary>The expectations by the arguments' names; those of an item's members are like <c>line_items.quantity</c>.</summary>
    public static IReadOnlyDictionary<string, string> Expectations<TInput>() => Marked<ExpectAttribute>(typeof(TInput), "")
        .ToDictionary(marked => marked.Name, marked => marked.Attribute.Expectation, StringComparer.Ordinal);

    /// <summary>The names of the arguments that are ids of the caller's, as those of <see cref="Expectations"/>.</summary>
    public static IReadOnlySet<string> References<TInput>() =>
        Marked<ReferenceAttribute>(typeof(TInput), "").Select(marked => marked.Name).ToFrozenSet(StringComparer.Ordinal);

    private static IEnumerable<(string Name, TAttribute Attribute)> Marked<TAttribute>(Type type, string prefix)
        where TAttribute : Attribute
    {
        foreach (var property in type.GetProperties())
        {
            var name = prefix + JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            if (property.GetCustomAttribute<TAttribute>() is { } attribute)
            {
                yield return (name, attribute);
            }

            if (property.PropertyType is { IsGenericType: true } list && list.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            {
                foreach (var member in Marked<TAttribute>(list.GetGenericArguments()[0], name + "."))
                {
                    yield return member;
                }
            }
        }
    }
}
