using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>Stripe's JSON: indented by two spaces, snake_case by Stripe.net's attributes, with explicit nulls.</summary>
internal static class StripeJson
{
    /// <summary>On one line; characters beyond ASCII are not escaped.</summary>
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

    /// <summary>Formats JSON as Stripe does.</summary>
    public static string Print(JsonObject json) => json.ToJsonString(Indented);

    /// <summary>Every property, for the journal.</summary>
    public static JsonObject ToStored(object entity) => JsonSerializer.SerializeToNode(entity, entity.GetType(), Compact)!.AsObject();

    private static void RemoveLeftOut(JsonObject json, string place)
    {
        // Metadata keys are the user's; they must not be mistaken for properties.
        if (place.EndsWith(".metadata", StringComparison.Ordinal))
        {
            return;
        }

        var here = json["object"] is JsonValue kind ? (string)kind! : place;
        foreach (var (name, member) in json.ToList())
        {
            switch (member)
            {
                case not null when NullableProperties.IsOnlyExpanded(here, name):
                    json.Remove(name);
                    break;
                case null when !NullableProperties.IsWritten(here, name):
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
