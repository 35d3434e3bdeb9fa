using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.AI;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Derives a tool's JSON schemas from its records and their attributes.</summary>
internal static class ToolSchema
{
    private static readonly AIJsonSchemaCreateOptions s_createOptions = new() { TransformSchemaNode = Complete };

    /// <summary>Schema of the arguments. It allows no other members, so that a misspelled argument is reported instead of ignored.</summary>
    public static JsonElement Input<TInput>()
    {
        var schema = Create(typeof(TInput));
        schema["additionalProperties"] = false;
        foreach (var (_, property) in schema["properties"]!.AsObject())
        {
            if (property!["items"] is JsonObject line)
            {
                line["additionalProperties"] = false;
            }
        }

        return ToElement(schema);
    }

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

    private static JsonObject Create(Type type) => JsonNode.Parse(AIJsonUtilities
        .CreateJsonSchema(type, serializerOptions: ToolJsonOptions.Unescaped.Options, inferenceOptions: s_createOptions)
        .GetRawText())!.AsObject();

    private static JsonNode Complete(AIJsonSchemaCreateContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            return node;
        }

        // Absent properties are omitted, never null, and ["string", "null"] only confuses models.
        if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.First(type => (string?)type != "null")!.DeepClone();
        }

        if (schema["enum"] is JsonArray values)
        {
            values.RemoveAll(value => value is null);
        }

        if (context.GetCustomAttribute<DefaultValueAttribute>() is { } byDefault)
        {
            schema["default"] = JsonSerializer.SerializeToNode(byDefault.Value, byDefault.Value!.GetType(), ToolJsonOptions.Unescaped.Options);
        }

        if (context.GetCustomAttribute<MetadataLimitsAttribute>() is { } limits)
        {
            schema["maxProperties"] = schema["maxItems"]?.DeepClone();
            schema.Remove("maxItems");
            schema["propertyNames"] = new JsonObject { ["minLength"] = 1, ["maxLength"] = limits.MaxKeyLength, ["pattern"] = @"^[^\[\]]*$" };
            schema["additionalProperties"]!["maxLength"] = limits.MaxValueLength;
        }

        return schema;
    }

    private static JsonElement ToElement(JsonObject schema) => JsonSerializer.SerializeToElement(schema, ToolJsonOptions.Unescaped.JsonObject);

    /// <summary>The expectations by the arguments' names; those of lines have names like <c>line_items.quantity</c>.</summary>
    public static IReadOnlyDictionary<string, string> Expectations<TInput>() =>
        Expectations(typeof(TInput), "").ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> Expectations(Type type, string prefix)
    {
        foreach (var property in type.GetProperties())
        {
            var name = prefix + JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            if (property.GetCustomAttribute<ExpectAttribute>() is { } expect)
            {
                yield return KeyValuePair.Create(name, expect.Expectation);
            }

            if (property.PropertyType is { IsGenericType: true } list && list.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            {
                foreach (var expectation in Expectations(list.GetGenericArguments()[0], name + "."))
                {
                    yield return expectation;
                }
            }
        }
    }
}
