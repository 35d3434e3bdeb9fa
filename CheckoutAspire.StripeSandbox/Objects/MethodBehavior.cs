using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>How a payment method behaves when it is charged and refunded, which the payment method object does not show.</summary>
internal sealed class MethodBehavior : IHasId
{
    /// <summary>The payment method's identifier.</summary>
    public required string Id { get; set; }

    public string? DeclineCode { get; init; }

    public bool RequiresAuthentication { get; init; }

    public RefundBehavior Refund { get; init; }

    /// <summary>The dispute that each payment leads to; null if payments are not disputed.</summary>
    public DisputeBehavior? Dispute { get; init; }
}

/// <summary>How the refunds of a payment method end.</summary>
internal enum RefundBehavior
{
    /// <summary>A refund succeeds at once.</summary>
    Succeeds,

    /// <summary>A refund is pending at first and succeeds later.</summary>
    SucceedsLater,

    /// <summary>A refund succeeds at first and fails later.</summary>
    FailsLater,
}

/// <summary>A dispute that follows a payment.</summary>
/// <param name="Reason">Stripe's reason, for example <c>fraudulent</c>.</param>
/// <param name="IsInquiry">Whether it is an inquiry, which withdraws no funds unless it escalates.</param>
internal sealed record DisputeBehavior(string Reason, bool IsInquiry);
