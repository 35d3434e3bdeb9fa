using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>A payment that waits: for the buyer's authentication, or for the bank.</summary>
internal sealed class PendingPayment : IHasId
{
    /// <summary>The session's identifier: a session has one attempt at a time.</summary>
    public required string Id { get; set; }

    public required string PaymentMethodId { get; init; }

    public required Buyer Buyer { get; init; }

    /// <summary>How the bank answers when it comes to it; null when it pays.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>When the bank answers; null while it is the buyer's turn, and when all is done.</summary>
    public DateTime? SettlesAt { get; set; }

    public bool AwaitsAuthentication { get; set; }
}

/// <summary>What the buyer said of himself on the page; an API call may say nothing of him.</summary>
internal sealed record Buyer(string? Email, string? Name, string? Country, string? PostalCode);
