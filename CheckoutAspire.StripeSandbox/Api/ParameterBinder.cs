using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Binds a form to Stripe.net's options class, whose properties are the parameters of the pinned API version.</summary>
internal static class ParameterBinder
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, PropertyInfo>> Schemas = new();

    /// <exception cref="StripeException">A parameter is unknown or of the wrong type.</exception>
    public static TOptions Bind<TOptions>(FormNode form)
        where TOptions : class, new()
    {
        var unknown = new List<string>();
        FindUnknown(typeof(TOptions), form, unknown);
        if (unknown.Count > 0)
        {
            throw ApiErrors.UnknownParameters(unknown);
        }

        return (TOptions)BindObject(typeof(TOptions), form);
    }

    private static IReadOnlyDictionary<string, PropertyInfo> Schema(Type type) => Schemas.GetOrAdd(type, static options => options
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Select(property => (Name: property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, Property: property))
        .Where(entry => entry.Name is not null && entry.Property.CanWrite)
        .ToDictionary(entry => entry.Name!, entry => entry.Property, StringComparer.Ordinal));

    private static void FindUnknown(Type type, FormNode node, List<string> unknown)
    {
        foreach (var child in node.Children)
        {
            if (!Schema(type).TryGetValue(child.Name, out var property))
            {
                unknown.Add(child.Path);
                continue;
            }

            var (kind, element) = KindOf(property.PropertyType);
            if (kind == Kind.Object)
            {
                FindUnknown(element, child, unknown);
            }
            else if (kind is Kind.List or Kind.Map && IsOptions(element))
            {
                foreach (var item in child.Children)
                {
                    FindUnknown(element, item, unknown);
                }
            }
        }
    }

    private static object BindObject(Type type, FormNode node)
    {
        if (node.IsLeaf)
        {
            throw ApiErrors.Invalid("Invalid object", node.Path);
        }

        var options = Activator.CreateInstance(type)!;
        foreach (var child in node.Children)
        {
            var property = Schema(type)[child.Name];
            property.SetValue(options, BindValue(property.PropertyType, child));
        }

        return options;
    }

    private static object? BindValue(Type type, FormNode node)
    {
        var (kind, element) = KindOf(type);
        return kind switch
        {
            Kind.Object => BindObject(element, node),
            Kind.List => BindList(element, node),
            Kind.Map => BindMap(element, node),
            Kind.Range when node.IsLeaf => new AnyOf<DateTime?, DateRangeOptions>((DateTime?)Timestamp(node)),
            Kind.Range => new AnyOf<DateTime?, DateRangeOptions>((DateRangeOptions)BindObject(typeof(DateRangeOptions), node)),
            Kind.Text => Text(node),
            Kind.Integer => Integer(node),
            Kind.Decimal => Number(node),
            Kind.Boolean => Text(node) switch
            {
                "true" => true,
                "false" => false,
                _ => throw ApiErrors.Invalid($"Invalid boolean: {node.Value}", node.Path),
            },
            Kind.Timestamp => Timestamp(node),
            _ => throw ApiErrors.NotSimulated(node.Path),
        };
    }

    private static IList BindList(Type element, FormNode node)
    {
        if (node.IsLeaf)
        {
            throw ApiErrors.Invalid("Invalid array", node.Path);
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        foreach (var child in node.Children.OrderBy(Index))
        {
            list.Add(BindValue(element, child));
        }

        return list;

        static int Index(FormNode child) => int.TryParse(child.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw ApiErrors.Invalid("Invalid array", child.Path);
    }

    /// <summary>A map's entry may be empty, which unsets the key; the whole map may be empty, which unsets all keys.</summary>
    private static IDictionary BindMap(Type element, FormNode node)
    {
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element))!;
        if (node.IsLeaf && node.Value!.Length > 0)
        {
            throw ApiErrors.Invalid("Invalid object", node.Path);
        }

        foreach (var child in node.Children)
        {
            map[child.Name] = element != typeof(string) ? BindValue(element, child)
                : child.IsLeaf ? child.Value
                : throw ApiErrors.Invalid("Metadata values must be strings, but you passed in a hash or an array.", child.Path);
        }

        return map;
    }

    private static string Text(FormNode node) => node.Value switch
    {
        null => throw ApiErrors.Invalid("Invalid string", node.Path),
        "" => throw ApiErrors.Empty(node.Path),
        var text => text,
    };

    private static long Integer(FormNode node) =>
        long.TryParse(Text(node), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiErrors.InvalidInteger(node.Value!, node.Path);

    private static decimal Number(FormNode node)
    {
        const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        return decimal.TryParse(Text(node), plain, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiErrors.Invalid($"Invalid decimal: {node.Value}", node.Path);
    }

    private static DateTime Timestamp(FormNode node)
    {
        var seconds = Integer(node);
        return seconds is >= 0 and <= 253_402_300_799
            ? DateTime.UnixEpoch.AddSeconds(seconds)
            : throw ApiErrors.InvalidInteger(node.Value!, node.Path);
    }

    private static bool IsOptions(Type type) => typeof(INestedOptions).IsAssignableFrom(type) || typeof(BaseOptions).IsAssignableFrom(type);

    private static (Kind Kind, Type Element) KindOf(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsGenericType)
        {
            var arguments = plain.GetGenericArguments();
            var definition = plain.GetGenericTypeDefinition();
            return definition == typeof(List<>) ? (Kind.List, arguments[0])
                : definition == typeof(Dictionary<,>) ? (Kind.Map, arguments[1])
                : plain == typeof(AnyOf<DateTime?, DateRangeOptions>) ? (Kind.Range, typeof(DateRangeOptions))
                : (Kind.Other, plain);
        }

        var kind = plain == typeof(string) ? Kind.Text
            : plain == typeof(long) ? Kind.Integer
            : plain == typeof(decimal) ? Kind.Decimal
            : plain == typeof(bool) ? Kind.Boolean
            : plain == typeof(DateTime) ? Kind.Timestamp
            : IsOptions(plain) ? Kind.Object
            : Kind.Other;
        return (kind, plain);
    }

    private enum Kind
    {
        Other,
        Text,
        Integer,
        Decimal,
        Boolean,
        Timestamp,
        Range,
        Object,
        List,
        Map,
    }
}
