using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>Stripe's names for its test cards: <c>tok_visa</c>, <c>pm_card_visa_chargeDeclined</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/testing?testing-method=payment-methods"/></remarks>
internal static class TestToken
{
    private static readonly FrozenDictionary<string, string> Numbers = new Dictionary<string, string>
    {
        ["visa"] = "4242424242424242",
        ["us"] = "4242424242424242",
        ["visa_debit"] = "4000056655665556",
        ["mastercard"] = "5555555555554444",
        ["mastercard_debit"] = "5200828282828210",
        ["amex"] = "378282246310005",
        ["discover"] = "6011111111111117",
        ["diners"] = "3056930009020004",
        ["jcb"] = "3566002020360505",
        ["chargeDeclined"] = "4000000000000002",
        ["chargeDeclinedInsufficientFunds"] = "4000000000009995",
        ["chargeDeclinedLostCard"] = "4000000000009987",
        ["chargeDeclinedStolenCard"] = "4000000000009979",
        ["chargeDeclinedExpiredCard"] = "4000000000000069",
        ["chargeDeclinedIncorrectCvc"] = "4000000000000127",
        ["chargeDeclinedProcessingError"] = "4000000000000119",
        ["chargeDeclinedVelocityLimitExceeded"] = "4000000000006975",
        ["refundFail"] = "4000000000005126",
        ["pendingRefund"] = "4000000000007726",
        ["createDispute"] = "4000000000000259",
        ["createDisputeProductNotReceived"] = "4000000000002685",
        ["createDisputeInquiry"] = "4000000000001976",
        ["radarBlock"] = "4100000000000019",
        ["authenticationRequired"] = "4000002760003184",
        ["authenticationRequiredOnSetup"] = "4000002500003155",
        ["threeDSecure2Required"] = "4000000000003220",
        ["authenticationRequiredChargeDeclinedInsufficientFunds"] = "4000008260003178",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The card number behind a token or a predefined payment method; null if the name is unknown.</summary>
    public static string? NumberOf(string token)
    {
        var name = token.StartsWith("tok_", StringComparison.Ordinal) ? token["tok_".Length..]
            : token.StartsWith("pm_card_", StringComparison.Ordinal) ? token["pm_card_".Length..]
            : "";
        return Numbers.GetValueOrDefault(name)
            ?? (name.StartsWith("visa_", StringComparison.Ordinal) ? Numbers.GetValueOrDefault(name["visa_".Length..]) : null);
    }
}
