namespace CheckoutAspire.Fulfillment;

/// <summary>The types of the merchant webhook's notices.</summary>
public static class NoticeTypes
{
    /// <summary>An order is paid and to be shipped. The renewal of a subscription is an order of its own. The data is a <see cref="PaidOrder"/>.</summary>
    public const string OrderPaid = "order.paid";

    /// <summary>The refunded amount has grown. The data of this and of all further types is an <see cref="OrderNotice"/>.</summary>
    public const string OrderRefunded = "order.refunded";

    /// <summary>A refund failed, and the money came back.</summary>
    public const string OrderRefundFailed = "order.refund_failed";

    /// <summary>The buyer's bank disputes the payment, or asks about it.</summary>
    public const string OrderDisputed = "order.disputed";

    /// <summary>A dispute ended: it was won, lost or closed.</summary>
    public const string OrderDisputeClosed = "order.dispute_closed";

    /// <summary>A delayed payment failed.</summary>
    public const string OrderPaymentFailed = "order.payment_failed";

    /// <summary>The session expired unpaid.</summary>
    public const string OrderExpired = "order.expired";

    /// <summary>The caller canceled the session.</summary>
    public const string OrderCanceled = "order.canceled";

    /// <summary>The order is held until an operator decides or the cause ends.</summary>
    public const string OrderNeedsReview = "order.needs_review";

    /// <summary>The cause of a hold ended by itself.</summary>
    public const string OrderReleased = "order.released";

    /// <summary>An operator approved or rejected a held order.</summary>
    public const string OrderDecided = "order.decided";

    /// <summary>A payment of a renewal failed. Stripe may try again.</summary>
    public const string SubscriptionPaymentFailed = "subscription.payment_failed";

    /// <summary>The subscription ended.</summary>
    public const string SubscriptionEnded = "subscription.ended";
}

/// <summary>The state of an order when a notice of it is sent.</summary>
/// <remarks>Amounts are in the minor unit of their currency. Members may be added; those that exist keep their meaning.</remarks>
public sealed record OrderNotice
{
    /// <summary>The order's id: a Checkout Session (<c>cs_…</c>), or the invoice of a renewal (<c>in_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The order's reference in the session's metadata.</summary>
    public required string OrderRef { get; init; }

    /// <summary>The short number that the buyer sees, for example <c>7K3V9-QWX2M</c>. A renewal has that of the order that began the subscription.</summary>
    public string OrderNumber { get; init; } = "";

    /// <summary>The caller's own reference of the sale, or empty.</summary>
    public required string ClientReferenceId { get; init; }

    /// <summary>The catalog's ids of the products, separated by commas, or empty.</summary>
    public required string ProductId { get; init; }

    /// <summary>Whether real money moves.</summary>
    public required bool Livemode { get; init; }

    /// <summary>The payment: <c>unpaid</c>, <c>processing</c>, <c>paid</c>, <c>failed</c> or <c>expired</c>.</summary>
    public required string Payment { get; init; }

    /// <summary>The fulfillment: <c>none</c>, <c>ready</c>, <c>claimed</c>, <c>fulfilled</c>, <c>held</c> or <c>rejected</c>.</summary>
    public required string Fulfillment { get; init; }

    /// <summary>What was paid, or is to be paid.</summary>
    public required long AmountTotal { get; init; }

    /// <summary>The refunded total, without failed refunds.</summary>
    public required long AmountRefunded { get; init; }

    /// <summary>What open and lost disputes withhold.</summary>
    public required long AmountDisputed { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Stripe's payment intent, or null.</summary>
    public string? PaymentIntent { get; init; }

    /// <summary>The subscription that the session began, or null.</summary>
    public string? Subscription { get; init; }

    /// <summary>Stripe's status of the subscription, or null until a change of it was reported.</summary>
    public string? SubscriptionStatus { get; init; }

    /// <summary>The operator's decision that a notice <c>order.decided</c> is about, <c>approved</c> or <c>rejected</c>; otherwise null.</summary>
    public string? Decision { get; init; }

    /// <summary>All refunds of the order, oldest first.</summary>
    public IReadOnlyList<ReturnedAmount> Refunds { get; init; } = [];

    /// <summary>All disputes and inquiries of the order, oldest first.</summary>
    public IReadOnlyList<ReturnedAmount> Disputes { get; init; } = [];

    /// <summary>The name of the principal that made the sale, or null.</summary>
    public string? Principal { get; init; }

    /// <summary>The caller's own id of the buyer, or null.</summary>
    public string? BuyerRef { get; init; }
}

/// <summary>A refund or a dispute as last reported.</summary>
/// <param name="Id">Stripe's id.</param>
/// <param name="Status">Stripe's status, for example <c>succeeded</c> or <c>won</c>.</param>
/// <param name="Amount">The amount in the minor unit of the currency.</param>
/// <param name="Currency">Lower case ISO 4217 code.</param>
/// <param name="Reason">Stripe's reason code, or null.</param>
/// <param name="AsOf">When it had this status.</param>
public sealed record ReturnedAmount(string Id, string Status, long Amount, string Currency, string? Reason, DateTimeOffset AsOf);
