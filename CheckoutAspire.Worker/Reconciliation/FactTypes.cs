using CheckoutAspire.Orders.Events;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>The event types by which reconciliation appends what it finds, in addition to those that <see cref="HandledEvents"/> names.</summary>
internal static class FactTypes
{
    public const string InvoicePaymentFailed = "invoice.payment_failed";
    public const string SubscriptionUpdated = "customer.subscription.updated";
    public const string SubscriptionDeleted = "customer.subscription.deleted";
    public const string RefundUpdated = "refund.updated";
    public const string RefundFailed = "refund.failed";
    public const string DisputeUpdated = "charge.dispute.updated";
    public const string DisputeClosed = "charge.dispute.closed";

    /// <summary>The types of the events that are read if Stripe could not deliver them. Stripe takes at most 20.</summary>
    public static IReadOnlyList<string> Undelivered { get; } =
    [
        HandledEvents.CheckoutCompleted, HandledEvents.AsyncPaymentSucceeded, HandledEvents.AsyncPaymentFailed, HandledEvents.CheckoutExpired,
        HandledEvents.InvoicePaid, InvoicePaymentFailed, SubscriptionUpdated, SubscriptionDeleted, "refund.created", RefundUpdated, RefundFailed,
        HandledEvents.ChargeRefunded, "charge.refund.updated", HandledEvents.DisputeCreated, DisputeUpdated, DisputeClosed,
        "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    ];
}
