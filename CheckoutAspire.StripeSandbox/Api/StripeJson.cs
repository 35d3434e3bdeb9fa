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

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    /// <summary>
    /// Properties that Stripe leaves out when they have no value. The rest are nullable and stay as <c>null</c>; which is which is
    /// read from the types of the npm package <c>stripe</c> 23.1.0 (<c>name?: T</c> as against <c>name: T | null</c>).
    /// </summary>
    private static readonly Dictionary<string, HashSet<string>> LeftOut = new(StringComparer.Ordinal)
    {
        ["checkout.session"] =
        [
            "branding_settings", "excluded_payment_method_types", "line_items", "name_collection", "phone_number_collection",
            "presentment_details", "redirect_on_completion", "return_url", "tax_id_collection",
        ],
        ["payment_intent"] = ["amount_details", "hooks", "payment_details", "presentment_details", "transfer_data"],
        ["charge"] =
        [
            "authorization_code", "level3", "presentment_details", "radar_options", "refunds", "transfer",
        ],
        ["item"] = ["discounts", "taxes"],
        ["price"] = ["currency_options", "deleted", "tiers"],
        ["product"] = ["deleted"],
        ["customer"] =
        [
            "business_name", "cash_balance", "deleted", "individual_name", "invoice_credit_balance", "next_invoice_sequence", "sources",
            "subscriptions", "tax", "tax_ids",
        ],
        ["subscription"] = ["presentment_details", "status_details"],
        ["subscription_item"] = ["billed_until", "deleted"],
        ["plan"] = ["deleted", "tiers"],
        ["invoice"] = ["amount_paid_off_stripe", "deleted", "payments", "status_details", "threshold_reason"],
        ["setup_intent"] = ["attach_to_self"],
        ["account"] =
        [
            "capabilities", "company", "controller", "deleted", "external_accounts", "future_requirements", "groups", "individual",
            "metadata", "requirements", "settings", "tos_acceptance", "business_type",
        ],
    };

    /// <summary>Objects whose every unset property is left out: one key per payment method type, and the like.</summary>
    private static readonly HashSet<string> Sparse =
    [
        "payment_method_details", "payment_method_options", "fraud_details", "last_payment_error", "last_setup_error", "next_action",
        "total_details",
    ];

    public static JsonObject ToJson(object entity)
    {
        var json = ToStored(entity);
        Trim(json);
        return json;
    }

    /// <summary>As Stripe prints it.</summary>
    public static string Print(JsonObject json) => json.ToJsonString(Indented);

    /// <summary>Everything, for the journal.</summary>
    public static JsonObject ToStored(object entity) => JsonSerializer.SerializeToNode(entity, entity.GetType(), Compact)!.AsObject();

    public static object? FromStored(JsonObject json, Type type) => json.Deserialize(type, Compact);

    private static void Trim(JsonObject json)
    {
        var kind = json["object"] is JsonValue value ? (string?)value : null;
        LeftOut.TryGetValue(kind ?? "", out var leftOut);
        foreach (var (name, member) in json.ToList())
        {
            switch (member)
            {
                case null when leftOut?.Contains(name) is true || (kind == "payment_method" && !IsOfEveryPaymentMethod(name)):
                    json.Remove(name);
                    break;
                case JsonObject child:
                    Trim(child);
                    if (Sparse.Contains(name))
                    {
                        RemoveNulls(child);
                    }

                    if (name == "payment_method_options" && child["card"] is JsonObject card)
                    {
                        RemoveNulls(card);
                    }

                    break;
                case JsonArray array:
                    foreach (var item in array.OfType<JsonObject>())
                    {
                        Trim(item);
                    }

                    break;
            }
        }
    }

    private static bool IsOfEveryPaymentMethod(string property) => property is "customer" or "customer_account" or "metadata";

    private static void RemoveNulls(JsonObject json)
    {
        foreach (var (name, _) in json.Where(property => property.Value is null).ToList())
        {
            json.Remove(name);
        }
    }
}
