using System.Collections.Frozen;
using System.Globalization;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>Stripe's rules for one currency.</summary>
/// <remarks><see href="https://docs.stripe.com/currencies"/></remarks>
internal sealed record Currency(string Code)
{
    /// <summary>The largest amount of a charge: eight digits.</summary>
    public const long MaximumAmount = 99_999_999;

    private const string Supported =
        "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk "
        + "djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf "
        + "krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk "
        + "php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs "
        + "vnd vuv wst xaf xcd xcg xof xpf yer zar zmw";

    private static readonly FrozenSet<string> ZeroDecimal =
        "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> ThreeDecimal = "bhd jod kwd omr tnd".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, long> Minimums = new Dictionary<string, long>
    {
        ["usd"] = 50,
        ["eur"] = 50,
        ["gbp"] = 30,
        ["hkd"] = 400,
        ["huf"] = 17_500,
        ["aed"] = 200,
        ["aud"] = 50,
        ["brl"] = 50,
        ["cad"] = 50,
        ["chf"] = 50,
        ["czk"] = 1_500,
        ["dkk"] = 250,
        ["inr"] = 50,
        ["jpy"] = 50,
        ["mxn"] = 1_000,
        ["myr"] = 200,
        ["nok"] = 300,
        ["nzd"] = 50,
        ["pln"] = 200,
        ["ron"] = 200,
        ["sek"] = 300,
        ["sgd"] = 50,
        ["thb"] = 1_000,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Symbols = new Dictionary<string, string>
    {
        ["usd"] = "$",
        ["eur"] = "€",
        ["gbp"] = "£",
        ["jpy"] = "¥",
        ["cad"] = "CA$",
        ["aud"] = "A$",
        ["nzd"] = "NZ$",
        ["hkd"] = "HK$",
        ["sgd"] = "S$",
        ["mxn"] = "MX$",
        ["brl"] = "R$",
        ["inr"] = "₹",
        ["krw"] = "₩",
        ["ils"] = "₪",
        ["vnd"] = "₫",
        ["twd"] = "NT$",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static FrozenSet<string> Codes { get; } = Supported.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The codes in the order in which Stripe's error lists them.</summary>
    public static string List { get; } = Supported.Replace(" ", ", ", StringComparison.Ordinal);

    public int Digits => ZeroDecimal.Contains(Code) ? 0 : ThreeDecimal.Contains(Code) ? 3 : 2;

    /// <summary>The number that every amount must be a multiple of: amounts in three-decimal currencies end in 0, and ISK and UGX amounts carry two decimals that must be 0.</summary>
    public long Step => Digits == 3 ? 10 : Code is "isk" or "ugx" ? 100 : 1;

    /// <summary>The smallest charge; for currencies whose minimum is unknown, the smallest amount.</summary>
    public long Minimum => Minimums.GetValueOrDefault(Code, Step);

    /// <summary>Formats an amount: <c>$49.99</c>, <c>¥500</c>, <c>CHF 12.00</c>.</summary>
    public string Format(long amount)
    {
        var number = (amount / (decimal)Math.Pow(10, Digits)).ToString($"N{Digits}", CultureInfo.InvariantCulture);
        return Symbols.TryGetValue(Code, out var symbol) ? symbol + number : $"{Code.ToUpperInvariant()} {number}";
    }

    /// <summary>The smallest charge as Stripe's error writes it: <c>$0.50 usd</c>, <c>$4.00 hkd</c>, <c>175.00 Ft huf</c>.</summary>
    public string MinimumSentence => Code switch
    {
        "hkd" => "$4.00 hkd",
        "huf" => "175.00 Ft huf",
        _ => $"{Format(Minimum)} {Code}",
    };
}
