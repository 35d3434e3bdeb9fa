using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>A bank account in the United States, debited by ACH.</summary>
internal sealed record UsBankAccount(string RoutingNumber, string Last4, string? FailureCode)
    : DebitAccount("us_bank_account", Last4, FailureCode)
{
    /// <remarks><see href="https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers"/></remarks>
    private static readonly FrozenDictionary<string, string?> Outcomes = new Dictionary<string, string?>
    {
        ["000123456789"] = null,
        ["000111111113"] = DebitFailure.AccountClosed,
        ["000111111116"] = DebitFailure.NoAccount,
        ["000222222227"] = DebitFailure.InsufficientFunds,
        ["000333333335"] = DebitFailure.DebitNotAuthorized,
        ["000444444440"] = DebitFailure.InvalidCurrency,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static (UsBankAccount? Account, PageError? Error) Read(string? routing, string? number)
    {
        var route = Digits(routing);
        if (route.Length != 9)
        {
            return Wrong("Your routing number is incomplete.", "routingNumber");
        }

        if (!PassesCheck(route))
        {
            return Wrong("Your routing number is invalid.", "routingNumber");
        }

        var account = Digits(number);
        return account.Length < 4 ? Wrong("Your account number is incomplete.", "accountNumber")
            : Outcomes.TryGetValue(account, out var failure) ? (new UsBankAccount(route, account[^4..], failure), null)
            : Wrong("This is a sandbox. Use one of Stripe's test account numbers, for example 000123456789.", "accountNumber");

        static (UsBankAccount?, PageError?) Wrong(string sentence, string field) => (null, new PageError(sentence, field));
    }

    private static string Digits(string? text) => new([.. (text ?? "").Where(char.IsAsciiDigit).Take(17)]);

    /// <summary>The routing number's checksum: its digits, weighted 3, 7, 1, add up to a multiple of ten.</summary>
    private static bool PassesCheck(string route)
    {
        ReadOnlySpan<int> weights = [3, 7, 1];
        var sum = 0;
        for (var index = 0; index < route.Length; index++)
        {
            sum += (route[index] - '0') * weights[index % 3];
        }

        return sum % 10 == 0;
    }
}
