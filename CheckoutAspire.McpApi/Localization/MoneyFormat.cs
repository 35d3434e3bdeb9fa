using System.Collections.Frozen;
using System.Globalization;

namespace CheckoutAspire.McpApi.Localization;

/// <summary>
/// How a language writes an amount: <c>$1,234.56</c>, <c>1.234,56 €</c>, <c>￥500</c>. The forms are those of Unicode's CLDR, as browsers and payment pages
/// use them. They are stated here because the services run without ICU's data. The sandbox compiles this file too, so that its payment page and the
/// buyer's pages agree.
/// </summary>
internal sealed class MoneyFormat
{
    private const char NoBreakSpace = '\u00a0';

    // The languages that write four digits without a separator: 1234,56 € but 12.345,67 €.
    private const decimal FirstGrouped = 10_000;

    private readonly NumberFormatInfo _numbers;
    private readonly FrozenDictionary<string, string> _symbols;
    private readonly bool _symbolFirst;
    private readonly bool _groupsThousands;

    private MoneyFormat(string decimalSeparator, string groupSeparator, bool symbolFirst, bool groupsThousands, string symbols)
    {
        _numbers = new NumberFormatInfo { NumberDecimalSeparator = decimalSeparator, NumberGroupSeparator = groupSeparator };
        (_symbolFirst, _groupsThousands) = (symbolFirst, groupsThousands);
        _symbols = symbols.Split(' ').Select(entry => entry.Split(':')).ToFrozenDictionary(entry => entry[0], entry => entry[1], StringComparer.Ordinal);
    }

    /// <summary>The form of a language.</summary>
    public static MoneyFormat Of(string language) => language switch
    {
        "de" => new(
            ",", ".", symbolFirst: false, groupsThousands: true,
            "aud:AU$ brl:R$ cad:CA$ cny:CN¥ eur:€ gbp:£ hkd:HK$ ils:₪ inr:₹ jpy:¥ krw:₩ mxn:MX$ nzd:NZ$ thb:฿ twd:NT$ usd:$ vnd:₫ xcd:EC$"),
        "fr" => new(
            ",", "\u202f", symbolFirst: false, groupsThousands: true,
            "ars:$AR aud:$AU brl:R$ cad:$CA clp:$CL cop:$CO eur:€ gbp:£GB ils:₪ inr:₹ krw:₩ mxn:$MX nzd:$NZ sgd:$SG usd:$US uyu:$UY vnd:₫"),
        "es" => new(",", ".", symbolFirst: false, groupsThousands: false, "eur:€ thb:฿ usd:US$ vnd:₫"),
        "it" => new(",", ".", symbolFirst: false, groupsThousands: false, "aud:A$ cad:CA$ cny:CN¥ eur:€ gbp:£ ils:₪ nzd:NZ$ php:₱ thb:฿ xcd:EC$"),
        "ja" => new(
            ".", ",", symbolFirst: true, groupsThousands: true,
            "aud:A$ brl:R$ cad:CA$ cny:元 eur:€ gbp:£ hkd:HK$ ils:₪ inr:₹ jpy:￥ krw:₩ mxn:MX$ nzd:NZ$ twd:NT$ usd:$ vnd:₫ xcd:EC$"),
        _ => new(
            ".", ",", symbolFirst: true, groupsThousands: true,
            "aud:A$ brl:R$ cad:CA$ cny:CN¥ eur:€ gbp:£ hkd:HK$ ils:₪ inr:₹ jpy:¥ krw:₩ mxn:MX$ nzd:NZ$ php:₱ twd:NT$ usd:$ vnd:₫ xcd:EC$"),
    };

    /// <summary>Writes an amount.</summary>
    /// <param name="amount">In the currency's smallest unit.</param>
    /// <param name="currency">Lower case ISO 4217 code.</param>
    /// <param name="decimals">Number of decimals in the smallest unit.</param>
    public string Write(long amount, string currency, int decimals)
    {
        var value = Math.Abs(amount / (decimal)Math.Pow(10, decimals));
        var number = value.ToString((_groupsThousands || value >= FirstGrouped ? "N" : "F") + decimals.ToString(CultureInfo.InvariantCulture), _numbers);
        var symbol = _symbols.GetValueOrDefault(currency) ?? currency.ToUpperInvariant();
        return (amount < 0 ? "-" : "")
            + (!_symbolFirst ? number + NoBreakSpace + symbol : char.IsLetter(symbol[^1]) ? symbol + NoBreakSpace + number : symbol + number);
    }
}
