using System.Text.RegularExpressions;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The tax ids that the page accepts: one type for each country, and its format.</summary>
/// <remarks><see href="https://docs.stripe.com/billing/customer/tax-ids#supported-tax-id"/></remarks>
internal static partial class TaxIds
{
    private const string EuropeanUnion = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

    /// <summary>The type of the country's tax ids and an example; null if the page accepts none from there.</summary>
    public static (string Type, string Example)? Of(string? country) => country switch
    {
        { Length: 2 } when EuropeanUnion.Contains(country, StringComparison.Ordinal) => ("eu_vat", $"{PrefixOf(country)}123456789"),
        "AU" => ("au_abn", "12345678912"),
        "CH" => ("ch_vat", "CHE-123.456.789 MWST"),
        "GB" => ("gb_vat", "GB123456789"),
        "JP" => ("jp_trn", "T1234567891234"),
        "NO" => ("no_vat", "123456789MVA"),
        "US" => ("us_ein", "12-3456789"),
        _ => null,
    };

    /// <summary>Whether the value has the format of the type. Whether the id exists is not checked.</summary>
    public static bool IsValid(string country, string value) => Of(country)?.Type switch
    {
        "eu_vat" => value.StartsWith(PrefixOf(country), StringComparison.Ordinal) && EuVat().IsMatch(value[2..]),
        "au_abn" => AuAbn().IsMatch(value),
        "ch_vat" => ChVat().IsMatch(value),
        "gb_vat" => GbVat().IsMatch(value),
        "jp_trn" => JpTrn().IsMatch(value),
        "no_vat" => NoVat().IsMatch(value),
        "us_ein" => UsEin().IsMatch(value),
        _ => false,
    };

    // Greek VAT ids begin with EL.
    private static string PrefixOf(string country) => country == "GR" ? "EL" : country;

    [GeneratedRegex("^[A-Z0-9+*]{8,12}$")]
    private static partial Regex EuVat();

    [GeneratedRegex("^[0-9]{11}$")]
    private static partial Regex AuAbn();

    [GeneratedRegex(@"^CHE-?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3} ?(MWST|TVA|IVA)$")]
    private static partial Regex ChVat();

    [GeneratedRegex("^GB([0-9]{9}|[0-9]{12}|GD[0-9]{3}|HA[0-9]{3})$")]
    private static partial Regex GbVat();

    [GeneratedRegex("^T[0-9]{13}$")]
    private static partial Regex JpTrn();

    [GeneratedRegex("^[0-9]{9}MVA$")]
    private static partial Regex NoVat();

    [GeneratedRegex("^[0-9]{2}-[0-9]{7}$")]
    private static partial Regex UsEin();
}
