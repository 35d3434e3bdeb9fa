namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>What is kept of a bank account: never the whole of its number.</summary>
/// <param name="Type">The payment method's type: <c>sepa_debit</c>, <c>us_bank_account</c>.</param>
/// <param name="Last4">The end of the account's number.</param>
/// <param name="FailureCode">How the bank will answer; null when it pays.</param>
internal abstract record BankAccount(string Type, string Last4, string? FailureCode);

/// <summary>Why a debit comes back.</summary>
/// <remarks><see href="https://docs.stripe.com/payments/ach-direct-debit#ach-direct-debit-failures"/></remarks>
internal static class DebitFailure
{
    public const string InsufficientFunds = "insufficient_funds";
    public const string AccountClosed = "account_closed";
    public const string NoAccount = "no_account";
    public const string DebitNotAuthorized = "debit_not_authorized";
    public const string InvalidCurrency = "invalid_currency";

    public static string MessageOf(string code) => code switch
    {
        AccountClosed => "The customer's bank account has been closed.",
        NoAccount => "The customer's bank account could not be located.",
        DebitNotAuthorized => "The customer has notified their bank that this payment was unauthorized.",
        InvalidCurrency => "The bank was unable to process this payment because of its currency.",
        _ => "The customer's account has insufficient funds to cover this payment.",
    };
}
