using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>A reason for declining a card.</summary>
/// <param name="Code">The error's code.</param>
/// <param name="DeclineCode">The decline code.</param>
/// <param name="Message">The message in the API.</param>
/// <param name="PageMessage">The message on the payment page, which also suggests a next step.</param>
/// <remarks><see href="https://docs.stripe.com/declines/codes"/></remarks>
internal sealed record Decline(string Code, string DeclineCode, string Message, string PageMessage)
{
    public static readonly Decline Generic = Of("generic_decline", "Your card was declined.");
    public static readonly Decline InsufficientFunds = Of(
        "insufficient_funds", "Your card has insufficient funds.", "Your card has insufficient funds. Try a different card.");
    public static readonly Decline Lost = Of("lost_card", "Your card was declined.");
    public static readonly Decline Stolen = Of("stolen_card", "Your card was declined.");
    public static readonly Decline VelocityExceeded = Of(
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.");
    public static readonly Decline Expired = new(
        "expired_card", "expired_card", "Your card has expired.", "Your card has expired. Try a different card.");
    public static readonly Decline IncorrectCvc = new(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "Your card's security code is incorrect.");
    public static readonly Decline ProcessingError = new(
        "processing_error", "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "An error occurred while processing your card. Try again in a little bit.");
    public static readonly Decline Fraudulent = Of("fraudulent", "Your card was declined.") with { IsBlocked = true };
    public static readonly Decline NotATestCard = Of(
        "test_mode_live_card",
        "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: "
        + "https://stripe.com/docs/testing.",
        "This is a sandbox. Use one of Stripe's test cards, for example 4242 4242 4242 4242.");

    private static readonly FrozenDictionary<string, Decline> ByDeclineCode =
        new[] { Generic, InsufficientFunds, Lost, Stolen, VelocityExceeded, Expired, IncorrectCvc, ProcessingError, Fraudulent, NotATestCard }
            .ToFrozenDictionary(decline => decline.DeclineCode, StringComparer.Ordinal);

    /// <summary>Whether fraud rules blocked the payment before it reached the bank.</summary>
    public bool IsBlocked { get; init; }

    public static Decline? Find(string? declineCode) => declineCode is null ? null : ByDeclineCode[declineCode];

    private static Decline Of(string declineCode, string message, string? pageMessage = null) =>
        new("card_declined", declineCode, message, pageMessage ?? "Your card was declined. Please try a different card.");
}
