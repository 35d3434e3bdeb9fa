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

    private readonly string[] _names = [.. schema.GetProperty("properties").EnumerateObject().Select(property => property.Name)];

    private readonly string[] _required =
        schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];

    /// <summary>The arguments that are given, once all are right.</summary>
    /// <exception cref="CheckoutException">The first that is wrong.</exception>
    public JsonObject Validate(IEnumerable<KeyValuePair<string, JsonElement>> arguments)
    {
        var given = new Dictionary<string, JsonElement>(arguments, StringComparer.Ordinal);
        if (given.Keys.FirstOrDefault(name => !_names.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            var shown = unknown.Length <= MaxEchoedName ? unknown : unknown[..MaxEchoedName];
            throw Refuse(shown, $"{tool} has no argument {shown}; its arguments are {string.Join(", ", _names)}.");
        }

        var accepted = new JsonObject();
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
        {
            if (given.TryGetValue(property.Name, out var value) && !IsAbsent(value, property.Value))
            {
                Check(property.Name, value, property.Value);
                accepted[property.Name] = JsonNode.Parse(value.GetRawText());
            }
            else if (_required.Contains(property.Name, StringComparer.Ordinal))
            {
                throw Refuse(property.Name, $"{property.Name} is missing.");
            }
        }

        return accepted;
    }

    // Models fill what they do not mean with null or "": that is absent, unless the schema asks for text.
    private static bool IsAbsent(JsonElement value, JsonElement schema) =>
        value.ValueKind is JsonValueKind.Null
        || (value.ValueKind is JsonValueKind.String
            && value.ValueEquals("")
            && schema.GetProperty("type").ValueEquals("string")
            && !schema.TryGetProperty("minLength", out _));

    private void Check(string name, JsonElement value, JsonElement schema)
    {
        switch (schema.GetProperty("type").GetString())
        {
            case "string":
                CheckText(name, name, value, schema);
                break;
            case "integer":
                CheckInteger(name, value, schema);
                break;
            case "object":
                CheckMetadata(name, value, schema);
                break;
            default:
                throw new NotSupportedException($"The schema of {name} has a type that is not validated.");
        }
    }

    private void CheckText(string name, string place, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.String)
        {
            throw Refuse(place, $"{place} must be {Expected(name, "text")}.");
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
            throw Refuse(place, $"{place} must be {Expected(name, "text that matches " + pattern.GetString())}.");
        }

        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(allowed => allowed.ValueEquals(text)))
        {
            throw Refuse(place, $"{place} must be {Expected(name, "one of " + string.Join(", ", values.EnumerateArray()))}.");
        }
    }

    // 49.99 and 4999.0 are refused alike: a decimal point is a sign that the caller thinks in another unit.
    private void CheckInteger(string name, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.Number
            || !value.TryGetInt64(out var number)
            || number < Limit(schema, "minimum")
            || number > Limit(schema, "maximum"))
        {
            throw Refuse(name, $"{name} must be {Expected(name, "a whole number")}.");
        }
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

    private string Expected(string name, string otherwise) => expectations.GetValueOrDefault(name, otherwise);

    private static long? Limit(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var limit) ? limit.GetInt64() : null;

    private static CheckoutException Refuse(string param, string error) => new(CheckoutErrorCode.InvalidRequest, error, param);
}
