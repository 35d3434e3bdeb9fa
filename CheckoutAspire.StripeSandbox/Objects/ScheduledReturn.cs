using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>A later step of a refund, or a dispute that will be opened.</summary>
internal sealed class ScheduledReturn : IHasId
{
    /// <summary>The identifier of the refund, or of the charge that will be disputed.</summary>
    public required string Id { get; set; }

    public required ReturnStep Step { get; init; }

    /// <summary>When the step is due; null after it was taken.</summary>
    public DateTime? DueAt { get; set; }
}

/// <summary>The step that a <see cref="ScheduledReturn"/> performs when it is due.</summary>
internal enum ReturnStep
{
    /// <summary>A pending refund succeeds.</summary>
    RefundSucceeds,

    /// <summary>A refund that had succeeded fails.</summary>
    RefundFails,

    /// <summary>The charge is disputed.</summary>
    DisputeOpens,
}
