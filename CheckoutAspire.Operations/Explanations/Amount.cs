using System.Globalization;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>Writes amounts for operators: <c>99.98 USD</c>.</summary>
internal static class Amount
{
    // https://docs.stripe.com/currencies#zero-decimal
    private static readonly HashSet<string> s_withoutDecimals = new(
        ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"], StringComparer.Ordinal);

    // https://docs.stripe.com/currencies#three-decimal
    private static readonly HashSet<string> s_withThreeDecimals = new(["bhd", "jod", "kwd", "omr", "tnd"], StringComparer.Ordinal);

    /// <summary>An amount in the currency's minor unit.</summary>
    public static string Write(long amount, string currency)
    {
        var digits = s_withoutDecimals.Contains(currency) ? 0 : s_withThreeDecimals.Contains(currency) ? 3 : 2;
        var major = amount / (decimal)Math.Pow(10, digits);
        return string.Create(CultureInfo.InvariantCulture, $"{major.ToString("N" + digits, CultureInfo.InvariantCulture)} {currency.ToUpperInvariant()}").TrimEnd();
    }
}
