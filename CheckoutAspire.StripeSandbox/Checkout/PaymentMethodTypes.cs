using CheckoutAspire.StripeSandbox.Api;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The payment method types that a session offers.</summary>
internal static class PaymentMethodTypes
{
    /// <summary>The only currency of each bank debit.</summary>
    private static readonly Dictionary<string, string> CurrencyOf = new(StringComparer.Ordinal)
    {
        ["sepa_debit"] = "eur",
        ["us_bank_account"] = "usd",
    };

    public static List<string> Of(SessionParameters options, string? currency)
    {
        var (types, parameter) = options.AllowedPaymentMethodTypes is { } allowed
            ? (allowed, "allowed_payment_method_types")
            : (options.PaymentMethodTypes, "payment_method_types");
        foreach (var type in types ?? [])
        {
            if (type != "card" && (!CurrencyOf.ContainsKey(type) || options.Mode != "payment"))
            {
                throw ApiErrors.NotSimulated(parameter);
            }

            if (CurrencyOf.TryGetValue(type, out var only) && only != currency)
            {
                throw ApiErrors.Invalid($"The payment method `{type}` only supports the following currencies: `{only}`.", parameter);
            }
        }

        return In(types, options.ExcludedPaymentMethodTypes, options.Mode, currency) is [_, ..] offered
            ? offered
            : throw ApiErrors.Invalid("No valid payment method types for this Checkout Session.", "excluded_payment_method_types");
    }

    /// <summary>The requested types that support the currency.</summary>
    /// <param name="requested">The requested types; null stands for the account's settings: cards, and the bank debit of the currency.</param>
    /// <param name="excluded">The types that the request excludes.</param>
    /// <param name="mode">The session's mode; debits are only for payments.</param>
    /// <param name="currency">The session's currency; null in setup mode.</param>
    public static List<string> In(List<string>? requested, List<string>? excluded, string mode, string? currency) =>
    [
        .. (requested is null
            ? ["card", .. CurrencyOf.Where(debit => debit.Value == currency && mode == "payment").Select(debit => debit.Key)]
            : requested.Distinct().Where(type => !CurrencyOf.TryGetValue(type, out var only) || only == currency))
        .Except(excluded ?? []),
    ];

    public static SessionPaymentMethodOptions OptionsOf(List<string> types) => new()
    {
        Card = types.Contains("card") ? new SessionPaymentMethodOptionsCard { RequestThreeDSecure = "automatic" } : null,
        UsBankAccount = types.Contains("us_bank_account")
            ? new SessionPaymentMethodOptionsUsBankAccount { VerificationMethod = "instant" }
            : null,
    };
}
