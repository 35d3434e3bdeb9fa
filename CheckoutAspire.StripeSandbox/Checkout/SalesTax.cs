using System.Collections.Frozen;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>
/// Automatic tax: one standard rate for each country, and none for a country that is not in the table. Stripe calculates by region, product and
/// registrations.
/// </summary>
internal static class SalesTax
{
    private static readonly FrozenDictionary<string, decimal> s_rates = new Dictionary<string, decimal>
    {
        ["AT"] = 20m,
        ["AU"] = 10m,
        ["BE"] = 21m,
        ["CA"] = 5m,
        ["CH"] = 8.1m,
        ["CZ"] = 21m,
        ["DE"] = 19m,
        ["DK"] = 25m,
        ["ES"] = 21m,
        ["FI"] = 25.5m,
        ["FR"] = 20m,
        ["GB"] = 20m,
        ["IE"] = 23m,
        ["IT"] = 22m,
        ["JP"] = 10m,
        ["LU"] = 17m,
        ["NL"] = 21m,
        ["NO"] = 25m,
        ["NZ"] = 15m,
        ["PL"] = 23m,
        ["PT"] = 23m,
        ["SE"] = 25m,
        ["SG"] = 9m,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The tax on an amount after discounts.</summary>
    /// <param name="amount">The amount; it contains the tax if the tax is inclusive.</param>
    /// <param name="behavior">The price's <c>tax_behavior</c>.</param>
    /// <param name="currency">The currency of the amount.</param>
    /// <param name="country">The buyer's country; null while it is not known, which means no tax.</param>
    public static LineTax On(long amount, string? behavior, string currency, string? country)
    {
        if (country is null)
        {
            return new LineTax(0, 0, []);
        }

        var isInclusive = IsInclusive(behavior, currency);
        var percentage = s_rates.GetValueOrDefault(country);
        var tax = (long)decimal.Round(
            isInclusive ? amount * percentage / (100 + percentage) : amount * percentage / 100, MidpointRounding.AwayFromZero);
        return new LineTax(
            tax,
            isInclusive ? 0 : tax,
            [
                new LineItemTax
                {
                    Amount = tax,
                    Rate = RateOf(country, percentage, isInclusive),
                    TaxabilityReason = percentage == 0 ? "not_collecting" : "standard_rated",
                    TaxableAmount = percentage == 0 ? 0 : isInclusive ? amount - tax : amount,
                },
            ]);
    }

    // Stripe's setting "Automatic" for prices that do not say: https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior
    private static bool IsInclusive(string? behavior, string currency) => behavior switch
    {
        "inclusive" => true,
        "exclusive" => false,
        _ => currency is not ("usd" or "cad"),
    };

    private static TaxRate RateOf(string country, decimal percentage, bool isInclusive)
    {
        var type = country switch
        {
            "AU" or "CA" or "NZ" or "SG" => "gst",
            "JP" => "jct",
            "US" => "sales_tax",
            _ => "vat",
        };
        return new TaxRate
        {
            Id = $"txr_1Sandbox{country}{(isInclusive ? "Inclusive" : "Exclusive")}",
            Object = "tax_rate",
            Active = true,
            Country = country,
            Created = DateTime.UnixEpoch,
            DisplayName = type switch { "gst" => "GST", "jct" => "Consumption Tax", "sales_tax" => "Sales Tax", _ => "VAT" },
            EffectivePercentage = percentage,
            Inclusive = isInclusive,
            JurisdictionLevel = "country",
            Metadata = [],
            Percentage = percentage,
            RateType = "percentage",
            TaxType = type,
        };
    }
}

/// <summary>The tax on a line or on shipping.</summary>
/// <param name="Amount">The tax.</param>
/// <param name="Added">The part of it that the price does not contain.</param>
/// <param name="Taxes">The tax with its rate.</param>
internal sealed record LineTax(long Amount, long Added, List<LineItemTax> Taxes);
