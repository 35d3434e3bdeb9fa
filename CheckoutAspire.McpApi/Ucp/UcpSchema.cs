using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// The tools' schemas: the members of the protocol's schemas that this server reads and writes. They have no external references, because clients
/// compile them and fetch nothing.
/// </summary>
internal static class UcpSchema
{
    private const string Agent =
        """
        {
          "type": "object",
          "description": "The platform.",
          "properties": { "profile": { "type": "string", "format": "uri", "description": "URL of the platform's UCP profile." } },
          "required": ["profile"]
        }
        """;

    private const string Key =
        """{ "type": "string", "minLength": 22, "maxLength": 255, "description": "A UUID; a retry repeats it." }""";

    private const string Meta = $$"""{ "type": "object", "properties": { "ucp-agent": {{Agent}}, "idempotency-key": {{Key}} }, "required": ["ucp-agent"] }""";

    private const string MetaWithKey =
        $$"""{ "type": "object", "properties": { "ucp-agent": {{Agent}}, "idempotency-key": {{Key}} }, "required": ["ucp-agent", "idempotency-key"] }""";

    private const string Id = """{ "type": "string", "minLength": 1, "maxLength": 200 }""";

    private const string Text = """{ "type": "string", "maxLength": 254 }""";

    private const string Requested =
        $$"""
        {
          "type": "object",
          "properties": {
            "line_items": {
              "type": "array",
              "minItems": 1,
              "maxItems": 100,
              "items": {
                "type": "object",
                "properties": {
                  "id": { "type": "string", "maxLength": 200, "description": "The platform's own id of the line." },
                  "item": {
                    "type": "object",
                    "properties": { "id": { "type": "string", "minLength": 1, "maxLength": 200, "description": "The product's id in the seller's catalog." } },
                    "required": ["id"]
                  },
                  "quantity": { "type": "integer", "minimum": 1, "maximum": 999999 }
                },
                "required": ["item", "quantity"]
              }
            },
            "buyer": {
              "type": "object",
              "properties": { "first_name": {{Text}}, "last_name": {{Text}}, "email": {{Text}}, "phone_number": {{Text}} }
            }
          },
          "required": ["line_items"]
        }
        """;

    private static readonly AIJsonSchemaCreateOptions s_createOptions = new() { TransformSchemaNode = (_, node) => WithoutNull(node) };

    public static JsonElement Create { get; } = Input($$"""{ "meta": {{Meta}}, "checkout": {{Requested}} }""", "meta", "checkout");

    public static JsonElement Update { get; } = Input($$"""{ "meta": {{Meta}}, "id": {{Id}}, "checkout": {{Requested}} }""", "meta", "id", "checkout");

    public static JsonElement Complete { get; } =
        Input($$"""{ "meta": {{MetaWithKey}}, "id": {{Id}}, "checkout": { "type": "object" } }""", "meta", "id", "checkout");

    public static JsonElement ById { get; } = Input($$"""{ "meta": {{Meta}}, "id": {{Id}} }""", "meta", "id");

    public static JsonElement ByIdWithKey { get; } = Input($$"""{ "meta": {{MetaWithKey}}, "id": {{Id}} }""", "meta", "id");

    public static JsonElement Checkout { get; } = Output(typeof(UcpCheckout));

    public static JsonElement Order { get; } = Output(typeof(UcpOrder));

    private static JsonElement Input(string properties, params string[] required) => ToElement(new JsonObject
    {
        ["type"] = "object",
        ["properties"] = JsonNode.Parse(properties),
        ["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]),
    });

    // A resource, or the messages that replace it.
    private static JsonElement Output(Type resource)
    {
        var whole = Describe(resource);
        var failure = Describe(typeof(UcpErrorResponse));
        var properties = new JsonObject();
        foreach (var (name, property) in whole["properties"]!.AsObject().Concat(failure["properties"]!.AsObject()))
        {
            properties[name] = property!.DeepClone();
        }

        return ToElement(new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["anyOf"] = new JsonArray(
                new JsonObject { ["required"] = whole["required"]!.DeepClone() },
                new JsonObject { ["required"] = failure["required"]!.DeepClone() }),
        });
    }

    private static JsonObject Describe(Type type) => JsonNode.Parse(AIJsonUtilities
        .CreateJsonSchema(type, serializerOptions: UcpJsonOptions.Unescaped.Options, inferenceOptions: s_createOptions)
        .GetRawText())!.AsObject();

    // Absent properties are omitted, never null.
    private static JsonNode WithoutNull(JsonNode node)
    {
        if (node is JsonObject schema)
        {
            if (schema["type"] is JsonArray types)
            {
                schema["type"] = types.First(type => (string?)type != "null")!.DeepClone();
            }

            if (schema["enum"] is JsonArray values)
            {
                values.RemoveAll(value => value is null);
            }
        }

        return node;
    }

    private static JsonElement ToElement(JsonObject schema) => JsonSerializer.SerializeToElement(schema, UcpJsonOptions.Unescaped.JsonObject);
}
