using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>The unit amounts of a Price in its own currency and in those of its <c>currency_options</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/payments/checkout/localize-prices/manual-currency-prices"/></remarks>
internal static class PriceAmounts
{
    /// <summary>The currencies in which the Price can be sold.</summary>
    public static IEnumerable<string> CurrenciesOf(Price price) => price.CurrencyOptions?.Keys.AsEnumerable() ?? [price.Currency];

    /// <summary>The amount of a quantity in a currency that the Price supports.</summary>
    public static long Of(Price price, string currency, long quantity) =>
        (long)decimal.Round(In(price, currency)!.Value * quantity, MidpointRounding.AwayFromZero);

    /// <summary>The unit amount in a currency; null if the Price does not support it.</summary>
    public static decimal? In(Price price, string currency) => price.Currency == currency ? price.UnitAmountDecimal
        : price.CurrencyOptions?.GetValueOrDefault(currency)?.UnitAmountDecimal;
}
