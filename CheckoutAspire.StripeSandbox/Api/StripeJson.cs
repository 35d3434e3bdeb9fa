using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Stripe's JSON: two-space indented, snake_case by Stripe.net's own attributes, nulls explicit.</summary>
internal static class StripeJson
{
    /// <summary>One line; letters beyond ASCII stay as they are.</summary>
    public static readonly JsonSerializerOptions Compact = new(StripeConfiguration.SerializerOptions)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true, NewLine = "\n" };

    public static JsonObject ToJson(object entity)
    {
        var json = ToStored(entity);
        RemoveLeftOut(json, "");
        return json;
    }

    /// <summary>As Stripe prints it.</summary>
    public static string Print(JsonObject json) => json.ToJsonString(Indented);

    /// <summary>Everything, for the journal.</summary>
    public static JsonObject ToStored(object entity) => JsonSerializer.SerializeToNode(entity, entity.GetType(), Compact)!.AsObject();

    public static object? FromStored(JsonObject json, Type type) => json.Deserialize(type, Compact);

    private static void RemoveLeftOut(JsonObject json, string place)
    {
        // Metadata belongs to its owner: no key of it is a property of ours.
        if (place.EndsWith(".metadata", StringComparison.Ordinal))
        {
            return;
        }

        var here = json["object"] is JsonValue kind ? (string)kind! : place;
        foreach (var (name, member) in json.ToList())
        {
            switch (member)
            {
                case null when !NullRules.IsWritten(here, name):
                    json.Remove(name);
                    break;
                case JsonObject child:
                    RemoveLeftOut(child, $"{here}.{name}");
                    break;
                case JsonArray array:
                    foreach (var item in array.OfType<JsonObject>())
                    {
                        RemoveLeftOut(item, $"{here}.{name}");
                    }

                    break;
            }
        }
    }
}
