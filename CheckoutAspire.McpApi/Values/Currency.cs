using System.Collections.Frozen;
using System.Globalization;

namespace CheckoutAspire.McpApi.Values;

/// <summary>Stripe's rules for a currency.</summary>
/// <param name="Code">Lower case ISO 4217 code.</param>
/// <param name="Decimals">Number of decimals in the smallest unit, in which Stripe states amounts.</param>
/// <param name="Step">Amounts must be multiples of this.</param>
/// <param name="Minimum">Stripe's documented minimum for one charge, or 0 where it documents none.</param>
/// <remarks>See <see href="https://docs.stripe.com/currencies"/>: presentment currencies, special cases, minimum amounts.</remarks>
internal sealed record Currency(string Code, int Decimals, int Step, long Minimum)
{
    /// <summary>Stripe's maximum for one charge, in any currency's smallest unit.</summary>
    public const long MaximumAmount = 99_999_999;

    private const string All =
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve "
        + "czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf "
        + "krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk "
        + "php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu "
        + "uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw";

    // https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
    private const string Minimums =
        "aed:200 aud:50 brl:50 cad:50 chf:50 czk:1500 dkk:250 eur:50 gbp:30 hkd:400 huf:17500 inr:50 jpy:50 mxn:1000 "
        + "myr:200 nok:300 nzd:50 pln:200 ron:200 sek:300 sgd:50 thb:1000 usd:50";

    private static readonly FrozenSet<string> s_zeroDecimal =
        Words("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf");

    // The last digit of these amounts must be 0.
    private static readonly FrozenSet<string> s_threeDecimal = Words("bhd jod kwd omr tnd");

    // These have no decimals, but Stripe keeps the two-decimal form, in which both decimals must be 0.
    private static readonly FrozenSet<string> s_wholeUnits = Words("isk ugx");

    private static readonly FrozenDictionary<string, long> s_minimums = Minimums
        .Split(' ')
        .Select(entry => entry.Split(':'))
        .ToFrozenDictionary(entry => entry[0], entry => long.Parse(entry[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Currency> s_known =
        All.Split(' ').Select(Describe).ToFrozenDictionary(currency => currency.Code, StringComparer.Ordinal);

    /// <summary>Every currency that Stripe charges in.</summary>
    public static IEnumerable<Currency> Known => s_known.Values;

    /// <summary>The currency of a code in upper or lower case, or null if Stripe does not charge in it.</summary>
    public static Currency? Find(string code) => s_known.GetValueOrDefault(code.ToLowerInvariant());

    /// <summary>An amount for people, for example <c>99.98 USD</c>.</summary>
    public static string Format(long amount, string code)
    {
        var decimals = Find(code)?.Decimals ?? 2;
        var value = amount / (decimal)Math.Pow(10, decimals);
        return value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            + " " + code.ToUpperInvariant();
    }

    private static Currency Describe(string code) => new(
        code,
        s_zeroDecimal.Contains(code) ? 0 : s_threeDecimal.Contains(code) ? 3 : 2,
        s_threeDecimal.Contains(code) ? 10 : s_wholeUnits.Contains(code) ? 100 : 1,
        s_minimums.GetValueOrDefault(code));

    private static FrozenSet<string> Words(string text) => text.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
