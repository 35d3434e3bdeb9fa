namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>The stored details of a bank account, which exclude its full number.</summary>
/// <param name="Type">The payment method's type: <c>sepa_debit</c>, <c>us_bank_account</c>.</param>
/// <param name="Last4">The last four characters of the account number.</param>
/// <param name="FailureCode">The bank's failure code; null if the bank will pay.</param>
internal abstract record DebitAccount(string Type, string Last4, string? FailureCode);

/// <summary>Reasons for a failed debit.</summary>
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
