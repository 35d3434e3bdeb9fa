using System.Collections.Frozen;
using System.Text.Json;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>The parameters of Checkout Sessions that the seller cannot set in a template, and why.</summary>
internal static class ReservedParameters
{
    private const string OfTheSale = "it comes from the sale";
    private const string ComparedAmount = "it would change the amount that the ledger compares with the payment";
    private const string HostedPageOnly = "this server sells on Stripe's hosted page";
    private const string CapturedLater = "an order is paid when its session is complete, which is before a later capture";
    private const string FindsOrders = "the server finds its orders by it";

    private static readonly FrozenDictionary<string, string> s_reasons = new Dictionary<string, string>
    {
        ["adaptive_pricing"] = "the buyer pays in the currency that the ledger recorded",
        ["cancel_url"] = OfTheSale,
        ["client_reference_id"] = OfTheSale,
        ["currency"] = OfTheSale,
        ["customer"] = "every buyer would be the same customer",
        ["customer_account"] = "every buyer would be the same customer",
        ["customer_email"] = OfTheSale,
        ["customer_update"] = "it needs customer, which a template cannot set either",
        ["discounts"] = ComparedAmount + "; use allow_promotion_codes and promotion codes",
        ["expand"] = "it does not change a session",
        ["expires_at"] = OfTheSale,
        ["line_items"] = "the lines come from the sale, and adjustable_quantity is not supported because " + ComparedAmount,
        ["managed_payments"] = "Stripe would sell in its own name",
        ["metadata"] = FindsOrders,
        ["mode"] = OfTheSale,
        ["optional_items"] = ComparedAmount,
        ["payment_intent_data.metadata"] = FindsOrders,
        ["permissions"] = HostedPageOnly,
        ["redirect_on_completion"] = HostedPageOnly,
        ["return_url"] = HostedPageOnly,
        ["setup_intent_data"] = "this server does not use setup mode",
        ["subscription_data.billing_cycle_anchor"] = ComparedAmount,
        ["subscription_data.billing_cycle_anchor_config"] = ComparedAmount,
        ["subscription_data.metadata"] = FindsOrders,
        ["subscription_data.proration_behavior"] = ComparedAmount,
        ["subscription_data.trial_end"] = ComparedAmount,
        ["subscription_data.trial_period_days"] = ComparedAmount,
        ["subscription_data.trial_settings"] = ComparedAmount,
        ["success_url"] = OfTheSale,
        ["ui_mode"] = HostedPageOnly,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The first reserved parameter, worded to follow the file's name, or null if it contains no reserved one.</summary>
    public static string? Check(JsonElement parameters, string path = "")
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var member in parameters.EnumerateObject())
        {
            var place = path + member.Name;
            var reason = member.Name == "capture_method" ? CapturedLater : s_reasons.GetValueOrDefault(place);
            if (reason is not null)
            {
                return $"has {place}, which a template cannot set: {reason}.";
            }

            if (Check(member.Value, place + ".") is { } problem)
            {
                return problem;
            }
        }

        return null;
    }
}
