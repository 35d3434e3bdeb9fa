using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Compares JSON with Stripe.net's <see cref="SessionCreateOptions"/>, whose properties are the parameters of the pinned API version.</summary>
internal static class ParameterTypes
{
    private const string ValuesFile = "parameter-values.txt";

    // Stripe renamed it in the pinned API version, and most examples have the old name.
    private static readonly FrozenDictionary<string, string> s_renamed =
        new Dictionary<string, string> { ["payment_method_types"] = "allowed_payment_method_types" }.ToFrozenDictionary(StringComparer.Ordinal);

    // https://docs.stripe.com/api/checkout/sessions/create
    private static readonly FrozenDictionary<string, int> s_maxLengths =
        new Dictionary<string, int> { ["custom_fields"] = 3, ["shipping_options"] = 5 }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<Type, FrozenDictionary<string, PropertyInfo>> s_members = new();

    private static readonly FrozenDictionary<string, string[]> s_values = ReadValues();

    /// <summary>The values of <c>locale</c>.</summary>
    public static IReadOnlyList<string> Locales { get; } = ValuesOf(typeof(SessionCreateOptions).GetProperty(nameof(SessionCreateOptions.Locale))!)!;

    /// <summary>The first problem of an object of parameters, worded to follow the file's name, or null if all are valid.</summary>
    public static string? Check(JsonElement parameters) => CheckObject(typeof(SessionCreateOptions), parameters, "");

    /// <summary>The members of one of Stripe.net's classes of options, by their names at Stripe.</summary>
    public static FrozenDictionary<string, PropertyInfo> MembersOf(Type options) => s_members.GetOrAdd(options, static type => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Select(property => (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, Property: property))
        .Where(member => member is { Name: not null, Property.CanWrite: true })
        .ToFrozenDictionary(member => member.Name!, member => member.Property, StringComparer.Ordinal));

    /// <summary>The values that Stripe documents for a member; null if any text is a value.</summary>
    public static IReadOnlyList<string>? ValuesOf(PropertyInfo member) => s_values.GetValueOrDefault($"{member.ReflectedType!.Name}.{member.Name}");

    private static string? CheckObject(Type type, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return Wrong(path, "an object");
        }

        var members = MembersOf(type);
        foreach (var member in value.EnumerateObject())
        {
            var place = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            var problem = members.TryGetValue(member.Name, out var property)
                ? CheckMember(property, member.Value, place)
                : s_renamed.TryGetValue(place, out var name)
                    ? $"has {place}, which Stripe calls {name} in the API version of this server."
                    : $"has {place}, which is not a parameter of Checkout Sessions.";
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? CheckMember(PropertyInfo member, JsonElement value, string path)
    {
        var type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        if (!type.IsGenericType)
        {
            return CheckValue(type, value, path, ValuesOf(member));
        }

        return type.GetGenericTypeDefinition() == typeof(List<>) ? CheckList(type.GenericTypeArguments[0], value, path, ValuesOf(member))
            : type.GetGenericTypeDefinition() == typeof(Dictionary<,>) ? CheckMap(type.GenericTypeArguments[1], value, path)
            : $"has {path}, which this server does not support.";
    }

    private static string? CheckList(Type element, JsonElement list, string path, IReadOnlyList<string>? values)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return Wrong(path, "a list");
        }

        return s_maxLengths.TryGetValue(path, out var most) && list.GetArrayLength() > most
            ? $"has {list.GetArrayLength()} {path}, but Stripe accepts at most {most}."
            : list.EnumerateArray().Select((item, index) => CheckValue(element, item, $"{path}[{index}]", values)).FirstOrDefault(problem => problem is not null);
    }

    private static string? CheckMap(Type element, JsonElement map, string path) => map.ValueKind == JsonValueKind.Object
        ? map.EnumerateObject().Select(entry => CheckValue(element, entry.Value, $"{path}.{entry.Name}", null)).FirstOrDefault(problem => problem is not null)
        : Wrong(path, "an object");

    private static string? CheckValue(Type type, JsonElement value, string path, IReadOnlyList<string>? values)
    {
        if (typeof(INestedOptions).IsAssignableFrom(type))
        {
            return CheckObject(type, value, path);
        }

        return type == typeof(string) ? CheckText(value, path, values)
            : type == typeof(bool) ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Wrong(path, "true or false")
            : type == typeof(long) ? value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? null : Wrong(path, "a whole number")
            : type == typeof(decimal) ? value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out _) ? null : Wrong(path, "a number")
            : $"has {path}, which this server does not support.";
    }

    private static string? CheckText(JsonElement value, string path, IReadOnlyList<string>? values) =>
        value.ValueKind != JsonValueKind.String ? Wrong(path, "a text")
        : value.GetString()!.Length == 0 ? $"has an empty {path}. Remove it, or give it a value."
        : values is not null && !values.Contains(value.GetString()!, StringComparer.Ordinal) ? NotOneOf(path, value.GetString()!, values)
        : null;

    private static string NotOneOf(string path, string value, IReadOnlyList<string> values) => values.Count <= 10
        ? $"has the value {value} in {path}, which must be one of {string.Join(", ", values)}."
        : $"has the value {value} in {path}, which is not one of the values that Stripe documents.";

    private static string Wrong(string path, string expected) => path.Length == 0 ? $"must contain {expected}." : $"has a wrong value in {path}, which must be {expected}.";

    // SessionCreateOptions.SubmitType: auto book donate pay subscribe
    private static FrozenDictionary<string, string[]> ReadValues()
    {
        using var reader = new StreamReader(typeof(ParameterTypes).Assembly.GetManifestResourceStream(ValuesFile)!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": "))
            .ToFrozenDictionary(entry => entry[0], entry => entry[1].TrimEnd().Split(' '), StringComparer.Ordinal);
    }
}
