using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>What a session was created with and does not itself show: its lines, and what goes on the objects that payment makes.</summary>
internal sealed class CheckoutTerms : IHasId
{
    /// <summary>The session's identifier.</summary>
    public required string Id { get; set; }

    public List<LineItem> LineItems { get; init; } = [];

    public SessionPaymentIntentDataOptions PaymentIntent { get; init; } = new();

    public SessionSetupIntentDataOptions SetupIntent { get; init; } = new();

    public SessionSubscriptionDataOptions Subscription { get; init; } = new();

    /// <summary>The intent of the first attempt; a session in subscription mode never shows it.</summary>
    public string? PaymentIntentId { get; set; }
}
