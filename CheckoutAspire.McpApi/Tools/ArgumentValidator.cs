using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// Validates a call's arguments with the tool's rules before they are bound, so that the error for an invalid argument
/// is a sentence that names it instead of a serializer's exception.
/// </summary>
/// <remarks>Supports the keywords that <see cref="ToolSchema"/> writes, not all of JSON Schema.</remarks>
internal sealed class ArgumentValidator(
    string tool, JsonElement schema, IReadOnlyDictionary<string, string> expectations, IReadOnlySet<string> references)
{
    private const int MaxEchoedName = 64;
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>The given arguments, if all of them are valid.</summary>
    /// <exception cref="CheckoutException">Names the first invalid argument.</exception>
    public JsonObject Validate(IEnumerable<KeyValuePair<string, JsonElement>> arguments) =>
        Accept("", "", new Dictionary<string, JsonElement>(arguments, StringComparer.Ordinal), schema);

    /// <param name="place">The prefix of the object's members in error messages, for example <c>line_items[2].</c>.</param>
    /// <param name="kind">The same prefix as in <see cref="ToolSchema.Expectations"/>, for example <c>line_items.</c>.</param>
    /// <param name="given">The object's members.</param>
    /// <param name="objectSchema">The object's schema.</param>
    private JsonObject Accept(string place, string kind, Dictionary<string, JsonElement> given, JsonElement objectSchema)
    {
        var properties = objectSchema.GetProperty("properties");
        if (given.Keys.FirstOrDefault(name => !properties.TryGetProperty(name, out _)) is { } unknown)
        {
            var shown = VisibleText.Of(unknown.Length <= MaxEchoedName ? unknown : unknown[..MaxEchoedName]);
            var names = string.Join(", ", properties.EnumerateObject().Select(property => property.Name));
            throw Invalid(place + shown, place.Length == 0
                ? $"{tool} has no argument {shown}. Its arguments are {names}."
                : $"{place}{shown} is unknown. The members are {names}.");
        }

        var accepted = new JsonObject();
        foreach (var property in properties.EnumerateObject())
        {
            var isRequired = IsRequired(objectSchema, property.Name);
            if (given.TryGetValue(property.Name, out var value) && !IsAbsent(value, property.Value, isRequired))
            {
                accepted[property.Name] = Accept(place + property.Name, kind + property.Name, value, property.Value);
            }
            else if (isRequired)
            {
                throw Invalid(place + property.Name, $"{place}{property.Name} is missing.");
            }
        }

        return accepted;
    }

    private static bool IsRequired(JsonElement objectSchema, string name) =>
        objectSchema.TryGetProperty("required", out var names) && names.EnumerateArray().Any(required => required.ValueEquals(name));

    // Models pass null or "" for arguments that they do not use. These count as absent, unless the schema requires text.
    private static bool IsAbsent(JsonElement value, JsonElement schema, bool isRequired) =>
        value.ValueKind is JsonValueKind.Null
        || (value.ValueKind is JsonValueKind.String
            && !isRequired
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
                return AcceptItems(place, kind, value, valueSchema);
            default:
                throw new NotSupportedException($"The schema of {place} has a type that the validator does not support.");
        }

        return JsonNode.Parse(value.GetRawText());
    }

    private void CheckText(string kind, string place, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.String)
        {
            throw Invalid(place, $"{place} must be {Expected(kind, "text")}.");
        }

        var text = value.GetString()!;
        if (Limit(schema, "maxLength") is { } most && text.Length > most)
        {
            throw Invalid(place, string.Create(CultureInfo.InvariantCulture, $"{place} must have at most {most} characters, but has {text.Length}."));
        }

        if (Limit(schema, "minLength") is { } least && text.Length < least)
        {
            throw Invalid(place, $"{place} must not be empty.");
        }

        // In .NET, $ also matches before a final line feed; in JSON Schema it does not.
        if (schema.TryGetProperty("pattern", out var pattern)
            && (text.EndsWith('\n') || !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.None, s_matchTimeout)))
        {
            throw Invalid(place, $"{place} must be {Expected(kind, "text that matches " + pattern.GetString())}.");
        }

        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(allowed => allowed.ValueEquals(text)))
        {
            throw Invalid(place, $"{place} must be {Expected(kind, "one of " + string.Join(", ", values.EnumerateArray()))}.");
        }

        // Stripe reads an empty value of the metadata as the removal of its key.
        if (text.Length > 0 && CallerText.Validate(text, references.Contains(kind) ? TextUse.Reference : TextUse.Data) is { } problem)
        {
            throw new CheckoutException(CheckoutErrorCode.TextNotAllowed, $"{place} must {problem}", place);
        }
    }

    // Rejects 4999.0 like 49.99: a decimal point suggests that the caller uses another unit.
    private void CheckInteger(string kind, string place, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.Number
            || !value.TryGetInt64(out var number)
            || number < Limit(schema, "minimum")
            || number > Limit(schema, "maximum"))
        {
            throw Invalid(place, $"{place} must be {Expected(kind, "a whole number")}.");
        }
    }

    private static void CheckBoolean(string place, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            throw Invalid(place, $"{place} must be true or false.");
        }
    }

    private JsonArray AcceptItems(string place, string kind, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is not JsonValueKind.Array)
        {
            throw Invalid(place, $"{place} must be a list of objects.");
        }

        if (value.GetArrayLength() > Limit(schema, "maxItems"))
        {
            throw Invalid(place, $"{place} must have at most {Limit(schema, "maxItems")} items, but has {value.GetArrayLength()}.");
        }

        var accepted = new JsonArray();
        foreach (var item in value.EnumerateArray())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{place}[{accepted.Count}]");
            if (item.ValueKind is not JsonValueKind.Object)
            {
                throw Invalid(at, $"{at} must be an object.");
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

    private string Expected(string kind, string otherwise) => expectations.GetValueOrDefault(kind, otherwise);

    private static long? Limit(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var limit) ? limit.GetInt64() : null;

    private static CheckoutException Invalid(string param, string error) => new(CheckoutErrorCode.InvalidRequest, error, param);
}
