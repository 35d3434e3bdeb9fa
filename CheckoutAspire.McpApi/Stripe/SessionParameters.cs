using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// Parameters of Checkout Sessions in Stripe's own terms, which the seller adds to what is sold:
/// <c>{"locale":"de","phone_number_collection":{"enabled":true}}</c>.
/// </summary>
internal sealed class SessionParameters
{
    public const string AllowPromotionCodes = "allow_promotion_codes";
    public const string Locale = "locale";

    private const string SubmitType = "submit_type";

    // https://docs.stripe.com/api/checkout/sessions/create; shipping_options: https://docs.stripe.com/payments/during-payment/charge-shipping
    private static readonly FrozenDictionary<string, string> s_onlyMode = new Dictionary<string, string>
    {
        ["customer_creation"] = CheckoutMode.Payment,
        ["invoice_creation"] = CheckoutMode.Payment,
        ["payment_intent_data"] = CheckoutMode.Payment,
        ["payment_method_collection"] = CheckoutMode.Subscription,
        ["shipping_options"] = CheckoutMode.Payment,
        ["subscription_data"] = CheckoutMode.Subscription,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly JsonObject _json;

    private SessionParameters(JsonObject json) => _json = json;

    /// <summary>No parameters.</summary>
    public static SessionParameters None { get; } = new([]);

    /// <summary>Reads parameters that the seller wrote.</summary>
    /// <param name="json">The object of parameters.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="problem">The first problem, in words that follow the file's name.</param>
    public static bool TryRead(
        JsonElement json, [NotNullWhen(true)] out SessionParameters? parameters, [NotNullWhen(false)] out string? problem)
    {
        // A reserved parameter is named with its reason, whatever its value.
        problem = ReservedParameters.Check(json) ?? ParameterTypes.Check(json);
        parameters = problem is null ? new SessionParameters(JsonObject.Create(json)!.DeepClone().AsObject()) : null;
        return problem is null;
    }

    /// <summary>These parameters and others: objects are merged, lists are joined, and any other value of the others replaces ours.</summary>
    public SessionParameters Add(SessionParameters? others)
    {
        if (others is null || others._json.Count == 0)
        {
            return this;
        }

        var merged = _json.DeepClone().AsObject();
        Merge(merged, others._json);
        return new SessionParameters(merged);
    }

    /// <summary>These parameters with the language that the caller asked for, if it did.</summary>
    public SessionParameters In(string? locale) => locale is null ? this : Add(new SessionParameters(new JsonObject { [Locale] = locale }));

    /// <summary>The first member that both set to different values, for example <c>consent_collection.promotions</c>; null if they can be combined.</summary>
    public string? ConflictWith(SessionParameters others) => Conflict(_json, others._json, "");

    /// <summary>The seller's decision about promotion codes; null if the seller has made none.</summary>
    public bool? AllowsPromotionCodes => (bool?)_json[AllowPromotionCodes];

    /// <summary>
    /// The parameters that Stripe accepts in a mode, or null if no parameter is left. Promotion codes are left out, because the caller may be allowed to set them.
    /// </summary>
    public JsonObject? For(string mode)
    {
        var json = new JsonObject();
        foreach (var (name, value) in _json)
        {
            if (name != AllowPromotionCodes
                && s_onlyMode.GetValueOrDefault(name, mode) == mode
                && (name != SubmitType || ((string?)value == "subscribe") == (mode == CheckoutMode.Subscription)))
            {
                json[name] = value!.DeepClone();
            }
        }

        return json.Count == 0 ? null : json;
    }

    /// <summary>Whether the total may differ from the sum of the lines, because Stripe adds tax or shipping.</summary>
    public static bool AddsToTotal(JsonObject? parameters) =>
        parameters is not null
        && ((bool?)parameters["automatic_tax"]?["enabled"] == true
            || parameters["shipping_options"] is JsonArray { Count: > 0 }
            || parameters["subscription_data"]?["default_tax_rates"] is JsonArray { Count: > 0 });

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            switch (into[name], value)
            {
                case (JsonObject present, JsonObject added):
                    Merge(present, added);
                    break;
                case (JsonArray present, JsonArray added):
                    foreach (var item in added.Where(item => !present.Any(other => JsonNode.DeepEquals(other, item))).ToList())
                    {
                        present.Add(item!.DeepClone());
                    }

                    break;
                default:
                    into[name] = value!.DeepClone();
                    break;
            }
        }
    }

    private static string? Conflict(JsonObject ours, JsonObject theirs, string path)
    {
        foreach (var (name, value) in ours)
        {
            var conflict = (value, theirs[name]) switch
            {
                (_, null) => null,
                (JsonObject one, JsonObject other) => Conflict(one, other, $"{path}{name}."),
                (JsonArray, JsonArray) => null,
                var (one, other) => JsonNode.DeepEquals(one, other) ? null : path + name,
            };
            if (conflict is not null)
            {
                return conflict;
            }
        }

        return null;
    }
}
