using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// Holds a call's arguments against the tool's own schema before they are bound, so that each wrong argument is
/// answered with a sentence that names it instead of a serializer's exception.
/// </summary>
/// <remarks>Knows the keywords that <see cref="ToolSchema"/> writes, not the whole of JSON Schema.</remarks>
internal sealed class ArgumentValidator(string tool, JsonElement schema, IReadOnlyDictionary<string, string> expectations)
{
    private const int MaxEchoedName = 64;
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>The arguments that are given, once all are right.</summary>
    /// <exception cref="CheckoutException">The first that is wrong.</exception>
    public JsonObject Validate(IEnumerable<KeyValuePair<string, JsonElement>> arguments) =>
        Accept("", "", new Dictionary<string, JsonElement>(arguments, StringComparer.Ordinal), schema);

    /// <param name="place">Where the object stands, in front of its members' names: <c>line_items[2].</c>.</param>
    /// <param name="kind">The same as <see cref="ToolSchema.Expectations"/> knows it: <c>line_items.</c>.</param>
    /// <param name="given">The object's members.</param>
    /// <param name="objectSchema">The object's schema.</param>
    private JsonObject Accept(string place, string kind, Dictionary<string, JsonElement> given, JsonElement objectSchema)
    {
        var properties = objectSchema.GetProperty("properties");
        if (given.Keys.FirstOrDefault(name => !properties.TryGetProperty(name, out _)) is { } unknown)
        {
            var shown = unknown.Length <= MaxEchoedName ? unknown : unknown[..MaxEchoedName];
            var names = string.Join(", ", properties.EnumerateObject().Select(property => property.Name));
            throw Refuse(place + shown, place.Length == 0
                ? $"{tool} has no argument {shown}; its arguments are {names}."
                : $"{place}{shown} is not known; a line has {names}.");
        }

        var accepted = new JsonObject();
        foreach (var property in properties.EnumerateObject())
        {
            if (given.TryGetValue(property.Name, out var value) && !IsAbsent(value, property.Value))
            {
                accepted[property.Name] = Accept(place + property.Name, kind + property.Name, value, property.Value);
            }
            else if (IsRequired(objectSchema, property.Name))
            {
                throw Refuse(place + property.Name, $"{place}{property.Name} is missing.");
            }
        }

        return accepted;
    }

    private static bool IsRequired(JsonElement objectSchema, string name) =>
        objectSchema.TryGetProperty("required", out var names) && names.EnumerateArray().Any(required => required.ValueEquals(name));

    // Models fill what they do not mean with null or "": that is absent, unless the schema asks for text.
    private static bool IsAbsent(JsonElement value, JsonElement schema) =>
        value.ValueKind is JsonValueKind.Null
        || (value.ValueKind is JsonValueKind.String
            && value.ValueEquals("")
            && schema.GetProperty("type").ValueEquals("string")
            && !schema.TryGetProperty("minLength", out _));

    private JsonNode? Accept(string place, string kind, JsonElement value, JsonElement valueSchema)
    {
        switch (valueSchema.GetProperty("type").GetString())
        {
            case "string":
                CheckText(kind, place, value, valueSchema);
                break;
            case "integer":
                CheckInteger(kind, place, value, valueSchema);
                break;
            case "boolean":
                CheckBoolean(place, value);
                break;
            case "array":
                return AcceptLines(place, kind, value, valueSchema);
            case "object":
                CheckMetadata(place, value, valueSchema);
                break;
            default:
                throw new NotSupportedException($"The schema of {place} has a type that is not validated.");
        }

        return JsonNode.Parse(value.GetRawText());
    }

    private void CheckText(string kind, string place, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.String)
        {
            throw Refuse(place, $"{place} must be {Expected(kind, "text")}.");
        }

        var text = value.GetString()!;
        if (Limit(schema, "maxLength") is { } most && text.Length > most)
        {
            throw Refuse(place, string.Create(CultureInfo.InvariantCulture, $"{place} must have at most {most} characters; it has {text.Length}."));
        }

        if (Limit(schema, "minLength") is { } least && text.Length < least)
        {
            throw Refuse(place, $"{place} must not be empty.");
        }

        // In .NET, $ matches before a last line feed too; in JSON Schema it does not.
        if (schema.TryGetProperty("pattern", out var pattern)
            && (text.EndsWith('\n') || !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.None, s_matchTimeout)))
        {
            throw Refuse(place, $"{place} must be {Expected(kind, "text that matches " + pattern.GetString())}.");
        }

        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(allowed => allowed.ValueEquals(text)))
        {
            throw Refuse(place, $"{place} must be {Expected(kind, "one of " + string.Join(", ", values.EnumerateArray()))}.");
        }
    }

    // 49.99 and 4999.0 are refused alike: a decimal point is a sign that the caller thinks in another unit.
    private void CheckInteger(string kind, string place, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.Number
            || !value.TryGetInt64(out var number)
            || number < Limit(schema, "minimum")
            || number > Limit(schema, "maximum"))
        {
            throw Refuse(place, $"{place} must be {Expected(kind, "a whole number")}.");
        }
    }

    private static void CheckBoolean(string place, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            throw Refuse(place, $"{place} must be true or false.");
        }
    }

    private JsonArray AcceptLines(string place, string kind, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.Array)
        {
            throw Refuse(place, $"{place} must be a list of lines, each an object.");
        }

        if (value.GetArrayLength() > Limit(schema, "maxItems"))
        {
            throw Refuse(place, $"{place} must have at most {Limit(schema, "maxItems")} lines; it has {value.GetArrayLength()}.");
        }

        var accepted = new JsonArray();
        foreach (var item in value.EnumerateArray())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{place}[{accepted.Count}]");
            if (item.ValueKind is not JsonValueKind.Object)
            {
                throw Refuse(at, $"{at} must be an object.");
            }

            var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var member in item.EnumerateObject())
            {
                members[member.Name] = member.Value;
            }

            accepted.Add(Accept(at + ".", kind + ".", members, schema.GetProperty("items")));
        }

        return accepted;
    }

    private void CheckMetadata(string name, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.Object)
        {
            throw Refuse(name, $"{name} must be an object of texts.");
        }

        if (value.GetPropertyCount() > Limit(schema, "maxProperties"))
        {
            throw Refuse(name, $"{name} must have at most {Limit(schema, "maxProperties")} keys.");
        }

        var keys = schema.GetProperty("propertyNames");
        foreach (var entry in value.EnumerateObject())
        {
            if (entry.Name.Length > Limit(keys, "maxLength") || entry.Name.AsSpan().IndexOfAny("[]") >= 0 || entry.Name.Length == 0)
            {
                throw Refuse(name, $"{name} must have keys of 1 to {Limit(keys, "maxLength")} characters without square brackets.");
            }

            CheckText(name, $"{name}.{entry.Name}", entry.Value, schema.GetProperty("additionalProperties"));
        }
    }

    private string Expected(string kind, string otherwise) => expectations.GetValueOrDefault(kind, otherwise);

    private static long? Limit(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var limit) ? limit.GetInt64() : null;

    private static CheckoutException Refuse(string param, string error) => new(CheckoutErrorCode.InvalidRequest, error, param);
}
