using System.Globalization;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>Writes amounts for operators, and reads what they write: <c>99.98 USD</c>.</summary>
internal static class Amount
{
    private const int LongestWhole = 12;

    // https://docs.stripe.com/currencies#zero-decimal
    private static readonly HashSet<string> s_withoutDecimals = new(
        ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"], StringComparer.Ordinal);

    // https://docs.stripe.com/currencies#three-decimal
    private static readonly HashSet<string> s_withThreeDecimals = new(["bhd", "jod", "kwd", "omr", "tnd"], StringComparer.Ordinal);

    // These have no decimals, but Stripe keeps the two-decimal form (https://docs.stripe.com/currencies#special-cases).
    private static readonly HashSet<string> s_wholeUnits = new(["isk", "ugx"], StringComparer.Ordinal);

    /// <summary>An amount in the currency's minor unit.</summary>
    public static string Write(long amount, string currency) =>
        $"{InMajorUnits(amount, currency).ToString(Format('N', currency), CultureInfo.InvariantCulture)} {currency.ToUpperInvariant()}".TrimEnd();

    /// <summary>An amount without its currency and without separators, for a spreadsheet: <c>1234.50</c>.</summary>
    public static string WriteNumber(long amount, string currency) => InMajorUnits(amount, currency).ToString(Format('F', currency), CultureInfo.InvariantCulture);

    /// <summary>An amount of the minor unit in the major one: 9998 of <c>usd</c> is 99.98.</summary>
    public static decimal InMajorUnits(long amount, string currency) => amount / (decimal)Math.Pow(10, DecimalsOf(currency));

    /// <summary>Reads an amount that an operator wrote in the currency's major unit, for example <c>49.99</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="currency">Lower case ISO 4217 code.</param>
    /// <param name="refusal">Why it is not an amount of this currency.</param>
    /// <returns>The amount in the minor unit, or null.</returns>
    public static long? Read(string text, string currency, out string refusal)
    {
        var (code, decimals) = (currency.ToUpperInvariant(), DecimalsOf(currency));
        var number = text.Trim();
        number = number.EndsWith(code, StringComparison.OrdinalIgnoreCase) ? number[..^code.Length].TrimEnd() : number;
        var parts = number.Split('.');
        if (parts.Length > 2 || parts.Any(part => part.Length is 0 or > LongestWhole || !part.All(char.IsAsciiDigit)))
        {
            refusal = $"Write the amount as {Write(123456, currency).Replace(",", "", StringComparison.Ordinal)}: digits, and a dot before the decimals.";
            return null;
        }

        var fraction = parts.Length == 2 ? parts[1] : "";
        if (fraction.Length > decimals)
        {
            refusal = decimals == 0 ? $"{code} has no decimals." : string.Create(CultureInfo.InvariantCulture, $"{code} has at most {decimals} decimals.");
            return null;
        }

        var amount = long.Parse(parts[0] + fraction.PadRight(decimals, '0'), CultureInfo.InvariantCulture);
        if (amount == 0)
        {
            refusal = "The amount must be more than zero.";
            return null;
        }

        var step = s_withThreeDecimals.Contains(currency) ? 10 : s_wholeUnits.Contains(currency) ? 100 : 1;
        refusal = amount % step == 0 ? "" : step == 10 ? $"The last decimal of an amount in {code} must be 0." : $"{code} has no decimals.";
        return refusal.Length == 0 ? amount : null;
    }

    private static string Format(char specifier, string currency) => specifier + DecimalsOf(currency).ToString(CultureInfo.InvariantCulture);

    private static int DecimalsOf(string currency) => s_withoutDecimals.Contains(currency) ? 0 : s_withThreeDecimals.Contains(currency) ? 3 : 2;
}
