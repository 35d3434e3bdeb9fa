using System.Collections.Frozen;
using CheckoutAspire.StripeSandbox.Objects;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>How a card behaves when it is charged.</summary>
/// <param name="Decline">Why the card is declined; null if it pays.</param>
/// <param name="RequiresAuthentication">Whether the bank requires 3D Secure authentication.</param>
internal sealed record TestCard(Decline? Decline = null, bool RequiresAuthentication = false)
{
    public RefundBehavior Refund { get; init; }

    public DisputeBehavior? Dispute { get; init; }

    /// <summary>A card that pays without authentication, and whose payments are neither disputed nor refunded in an unusual way.</summary>
    public static readonly TestCard Pays = new();

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
        ["4000000000007726"] = new() { Refund = RefundBehavior.SucceedsLater },
        ["4000000000005126"] = new() { Refund = RefundBehavior.FailsLater },
        ["4000000000000259"] = new() { Dispute = new DisputeBehavior("fraudulent", IsInquiry: false) },
        ["4000000000002685"] = new() { Dispute = new DisputeBehavior("product_not_received", IsInquiry: false) },
        ["4000000000001976"] = new() { Dispute = new DisputeBehavior("general", IsInquiry: true) },
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static TestCard Of(string number) => ByNumber.GetValueOrDefault(number, NotATestCard);
}
