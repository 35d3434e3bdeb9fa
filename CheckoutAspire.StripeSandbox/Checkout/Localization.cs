using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>
/// Presents a session in the buyer's currency, as Stripe does when the session was created without <c>currency</c> and its Prices have
/// <c>currency_options</c>. Stripe detects the currency from the buyer's location; here the payment page or a control selects it.
/// </summary>
/// <remarks><see href="https://docs.stripe.com/payments/checkout/localize-prices/manual-currency-prices"/></remarks>
internal static class Localization
{
    /// <summary>The currencies that every line supports; empty if the session's currency is fixed.</summary>
    public static List<string> CurrenciesOf(string? requested, List<LineItem> lines)
    {
        if (requested is not null || lines.Count == 0)
        {
            return [];
        }

        var shared = lines.Select(line => PriceAmounts.CurrenciesOf(line.Price)).Aggregate(Enumerable.Intersect).ToList();
        return shared.Count > 1 ? shared : [];
    }

    /// <summary>Presents an open session in another currency.</summary>
    /// <returns>Why the session cannot be presented in it; null if it now is.</returns>
    public static PageError? Present(Transaction transaction, Session session, string? currency)
    {
        var terms = transaction.Get<CheckoutTerms>(session.Id);
        if (currency is null || !terms.Currencies.Contains(currency))
        {
            return new PageError(
                terms.Currencies.Count == 0
                    ? $"The currency of this session is fixed: {session.Currency}."
                    : $"This session can be presented in {string.Join(", ", terms.Currencies)}.",
                "currency");
        }

        foreach (var line in terms.LineItems)
        {
            line.AmountSubtotal = PriceAmounts.Of(line.Price, currency, line.Quantity!.Value);
            line.Currency = currency;
        }

        session.Currency = currency;
        session.PaymentMethodTypes = PaymentMethodTypes.In(terms.RequestedPaymentMethodTypes, session.ExcludedPaymentMethodTypes, session.Mode, currency);
        session.PaymentMethodOptions = PaymentMethodTypes.OptionsOf(session.PaymentMethodTypes);
        Amounts.Calculate(transaction, session, terms, Discounts.In(transaction, session, currency));
        return null;
    }
}
