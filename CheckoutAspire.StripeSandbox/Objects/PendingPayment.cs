using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>A payment that waits for the buyer's authentication or for the bank.</summary>
internal sealed class PendingPayment : IHasId
{
    /// <summary>The session's identifier. A session has at most one attempt at a time.</summary>
    public required string Id { get; set; }

    public required string PaymentMethodId { get; init; }

    public required Buyer Buyer { get; init; }

    /// <summary>The bank's decline code; null if the bank will pay.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>When the bank answers; null while the buyer has to act, and after the bank has answered.</summary>
    public DateTime? SettlesAt { get; set; }

    public bool AwaitsAuthentication { get; set; }
}
