using System.Text;

namespace CheckoutAspire.Orders.Events;

/// <summary>The event types that change an order. Events of other types are acknowledged and counted, and never stored.</summary>
public static class HandledEvents
{
    /// <summary>The buyer completed the hosted page. The payment has succeeded or is still processing.</summary>
    public const string CheckoutCompleted = "checkout.session.completed";

    /// <summary>A delayed payment succeeded.</summary>
    public const string AsyncPaymentSucceeded = "checkout.session.async_payment_succeeded";

    /// <summary>A delayed payment failed.</summary>
    public const string AsyncPaymentFailed = "checkout.session.async_payment_failed";

    /// <summary>The session expired unpaid.</summary>
    public const string CheckoutExpired = "checkout.session.expired";

    /// <summary>A charge was refunded, partly or fully.</summary>
    public const string ChargeRefunded = "charge.refunded";

    /// <summary>The buyer's bank disputes a charge.</summary>
    public const string DisputeCreated = "charge.dispute.created";

    /// <summary>A refund was created.</summary>
    public const string RefundCreated = "refund.created";

    /// <summary>A refund changed its status.</summary>
    public const string RefundUpdated = "refund.updated";

    /// <summary>A refund failed, and the money came back.</summary>
    public const string RefundFailed = "refund.failed";

    /// <summary>As <see cref="RefundUpdated"/>, of API versions before 2024-10-28.</summary>
    public const string ChargeRefundUpdated = "charge.refund.updated";

    /// <summary>A dispute changed its status.</summary>
    public const string DisputeUpdated = "charge.dispute.updated";

    /// <summary>A dispute was closed.</summary>
    public const string DisputeClosed = "charge.dispute.closed";

    /// <summary>The disputed amount was withdrawn from the account.</summary>
    public const string DisputeFundsWithdrawn = "charge.dispute.funds_withdrawn";

    /// <summary>The disputed amount came back to the account.</summary>
    public const string DisputeFundsReinstated = "charge.dispute.funds_reinstated";

    /// <summary>An invoice was paid: for a subscription, its first payment or a renewal.</summary>
    public const string InvoicePaid = "invoice.paid";

    /// <summary>A payment of an invoice failed. Stripe may try again, and the invoice may still be paid.</summary>
    public const string InvoicePaymentFailed = "invoice.payment_failed";

    /// <summary>A subscription changed, for example because a renewal is past due, or because it will end with its period.</summary>
    public const string SubscriptionUpdated = "customer.subscription.updated";

    /// <summary>A subscription ended.</summary>
    public const string SubscriptionDeleted = "customer.subscription.deleted";

    /// <summary>Our own: a hold ended, and the order may be fulfilled. Never accepted from outside.</summary>
    public const string OrderReleased = "checkout_aspire.order.released";

    /// <summary>Our own: an operator asks for a comparison of the order with Stripe. Never accepted from outside.</summary>
    public const string OrderReread = "checkout_aspire.order.reread";

    /// <summary>Our own: an operator redrives a notice to the merchant. A step of the order follows, for example <c>refunded</c>. Never accepted from outside.</summary>
    public const string NoticePrefix = "checkout_aspire.notice.";

    /// <summary>As <see cref="OrderReleased"/>, in the streams of earlier ledgers.</summary>
    public const string OrderApproved = "checkout_aspire.order.approved";

    /// <summary>The types that the receiver stores. Stripe lists events of at most 20 types at once.</summary>
    public static IReadOnlyList<string> FromStripe { get; } =
    [
        CheckoutCompleted, AsyncPaymentSucceeded, AsyncPaymentFailed, CheckoutExpired, InvoicePaid, InvoicePaymentFailed, SubscriptionUpdated,
        SubscriptionDeleted, ChargeRefunded, RefundCreated, RefundUpdated, RefundFailed, ChargeRefundUpdated, DisputeCreated, DisputeUpdated,
        DisputeClosed, DisputeFundsWithdrawn, DisputeFundsReinstated,
    ];

    private static readonly byte[][] s_fromStripe = [.. FromStripe.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether a type is about a refund or a dispute.</summary>
    public static bool IsAboutReturn(string type) => IsAboutDispute(type) || type is ChargeRefunded || IsAboutRefund(type);

    /// <summary>Whether the object of a type is an invoice.</summary>
    public static bool IsAboutInvoice(string type) => type is InvoicePaid or InvoicePaymentFailed;

    /// <summary>Whether the object of a type is a subscription.</summary>
    public static bool IsAboutSubscription(string type) => type is SubscriptionUpdated or SubscriptionDeleted;

    /// <summary>Whether the object of a type is a refund.</summary>
    public static bool IsAboutRefund(string type) => type is RefundCreated or RefundUpdated or RefundFailed or ChargeRefundUpdated;

    /// <summary>Whether the object of a type is a dispute.</summary>
    public static bool IsAboutDispute(string type) => type is DisputeCreated or DisputeUpdated or DisputeClosed or DisputeFundsWithdrawn
        or DisputeFundsReinstated;

    /// <summary>Whether the receiver stores a type, given in UTF-8 as on the wire.</summary>
    public static bool Contains(ReadOnlySpan<byte> type)
    {
        foreach (var handled in s_fromStripe)
        {
            if (type.SequenceEqual(handled))
            {
                return true;
            }
        }

        return false;
    }
}
