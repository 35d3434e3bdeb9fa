using System.Collections.Frozen;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>Why a card is refused.</summary>
/// <param name="Code">The error's code.</param>
/// <param name="DeclineCode">The decline code, where the code alone does not say it.</param>
/// <param name="Message">The API's sentence.</param>
/// <param name="PageMessage">The page's sentence, which also says what the buyer can do.</param>
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
        "This is a sandbox: only Stripe's test cards work here, for example 4242 4242 4242 4242.");

    private static readonly FrozenDictionary<string, Decline> ByDeclineCode =
        new[] { Generic, InsufficientFunds, Lost, Stolen, VelocityExceeded, Expired, IncorrectCvc, ProcessingError, Fraudulent, NotATestCard }
            .ToFrozenDictionary(decline => decline.DeclineCode, StringComparer.Ordinal);

    /// <summary>Stopped by fraud rules before the bank was asked.</summary>
    public bool IsBlocked { get; init; }

    public static Decline? Find(string? declineCode) => declineCode is null ? null : ByDeclineCode[declineCode];

    private static Decline Of(string declineCode, string message, string? pageMessage = null) =>
        new("card_declined", declineCode, message, pageMessage ?? "Your card was declined. Please try a different card.");
}

/// <summary>What a card does when it is charged.</summary>
/// <param name="Decline">Its refusal; null when it pays.</param>
/// <param name="RequiresAuthentication">Whether the bank asks the buyer first (3D Secure).</param>
internal sealed record TestCard(Decline? Decline = null, bool RequiresAuthentication = false)
{
    private static readonly TestCard Pays = new();
    private static readonly TestCard NotATestCard = new(Decline.NotATestCard);

    /// <remarks><see href="https://docs.stripe.com/testing"/></remarks>
    private static readonly FrozenDictionary<string, TestCard> ByNumber = new Dictionary<string, TestCard>
    {
        ["4242424242424242"] = Pays,
        ["4000056655665556"] = Pays,
        ["5555555555554444"] = Pays,
        ["2223003122003222"] = Pays,
        ["5200828282828210"] = Pays,
        ["378282246310005"] = Pays,
        ["371449635398431"] = Pays,
        ["6011111111111117"] = Pays,
        ["3056930009020004"] = Pays,
        ["3566002020360505"] = Pays,
        ["4000000000000002"] = new(Decline.Generic),
        ["4000000000009995"] = new(Decline.InsufficientFunds),
        ["4000000000009987"] = new(Decline.Lost),
        ["4000000000009979"] = new(Decline.Stolen),
        ["4000000000006975"] = new(Decline.VelocityExceeded),
        ["4000000000000069"] = new(Decline.Expired),
        ["4000000000000127"] = new(Decline.IncorrectCvc),
        ["4000000000000119"] = new(Decline.ProcessingError),
        ["4100000000000019"] = new(Decline.Fraudulent),
        ["4000002500003155"] = new(RequiresAuthentication: true),
        ["4000002760003184"] = new(RequiresAuthentication: true),
        ["4000000000003220"] = new(RequiresAuthentication: true),
        ["4000008260003178"] = new(Decline.InsufficientFunds, RequiresAuthentication: true),
        ["4000008400001629"] = new(Decline.Generic, RequiresAuthentication: true),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static TestCard Of(string number) => ByNumber.GetValueOrDefault(number, NotATestCard);
}
