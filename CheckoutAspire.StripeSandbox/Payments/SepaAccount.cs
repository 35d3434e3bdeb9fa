using System.Globalization;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>A European bank account, debited by SEPA Direct Debit.</summary>
internal sealed record SepaAccount(string Country, string BankCode, string Last4, string? FailureCode)
    : DebitAccount("sepa_debit", Last4, FailureCode)
{
    /// <remarks>
    /// The failing accounts come from <see href="https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration"/>, and from
    /// the Stripe CLI's fixtures.
    /// </remarks>
    private static readonly HashSet<string> Failing =
        ["AT861904300235473202", "AT051904300235473205", "DE62370400440532013001", "IT60X0542811101000000123456"];

    private static readonly HashSet<string> Countries =
    [
        .. "AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM VA".Split(' '),
    ];

    public static (SepaAccount? Account, PageError? Error) Read(string? text)
    {
        var iban = new string([.. (text ?? "").Where(character => !char.IsWhiteSpace(character)).Take(40)]).ToUpperInvariant();
        return iban.Length < 15 ? Wrong("Your IBAN is incomplete.")
            : !iban.All(char.IsAsciiLetterOrDigit) || iban.Length > 34 || !PassesCheck(iban) ? Wrong("Your IBAN is invalid.")
            : !Countries.Contains(iban[..2]) ? Wrong("Your IBAN is from a country outside SEPA.")
            : (new SepaAccount(iban[..2], iban[4..9], iban[^4..], Failing.Contains(iban) ? DebitFailure.InsufficientFunds : null), null);

        static (SepaAccount?, PageError?) Wrong(string sentence) => (null, new PageError(sentence, "iban"));
    }

    /// <summary>ISO 7064 MOD 97-10: with the first four characters moved to the end and letters read as 10 to 35, the remainder is 1.</summary>
    private static bool PassesCheck(string iban)
    {
        var remainder = 0;
        foreach (var character in iban[4..] + iban[..4])
        {
            var value = char.IsAsciiDigit(character) ? character - '0' : character - 'A' + 10;
            remainder = int.Parse($"{remainder}{value}", CultureInfo.InvariantCulture) % 97;
        }

        return remainder == 1;
    }
}
