using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>What a buyer has to know about an order. It combines the payment, the fulfillment and the returns, and shows no cause of a hold.</summary>
internal enum BuyerStatus
{
    /// <summary>The payment page is open.</summary>
    Open,

    /// <summary>The page closed unpaid because its time was over.</summary>
    Expired,

    /// <summary>The page was closed unpaid before its time was over.</summary>
    Canceled,

    /// <summary>The buyer completed the page, and the money has not arrived.</summary>
    Processing,

    /// <summary>The delayed payment failed.</summary>
    Failed,

    /// <summary>Paid, and not fulfilled yet.</summary>
    Paid,

    /// <summary>Fulfilled.</summary>
    Fulfilled,

    /// <summary>The seller reviews the order.</summary>
    InReview,

    /// <summary>The seller rejected the order.</summary>
    Rejected,

    /// <summary>A part of the payment was refunded.</summary>
    PartlyRefunded,

    /// <summary>The whole payment was refunded.</summary>
    Refunded,

    /// <summary>The buyer's bank asks about the payment.</summary>
    Disputed,

    /// <summary>The buyer's bank took the payment back.</summary>
    Returned,
}

/// <summary>How a buyer's status follows from the ledger, and its names.</summary>
internal static class BuyerStatuses
{
    // A session that nobody cancels expires at its time or later. Stripe's clock may be ahead of the ledger's.
    private static readonly TimeSpan s_clocksDiffer = TimeSpan.FromMinutes(1);

    /// <summary>The status of an order.</summary>
    public static BuyerStatus Of(Order order, DateTimeOffset now) => order.Payment is OrderPayment.Paid ? OfPaid(order) : OfUnpaid(order, now);

    /// <summary>The status of a session that the ledger does not have.</summary>
    public static BuyerStatus Of(string sessionStatus, string paymentStatus) => sessionStatus switch
    {
        SessionStatus.Open => BuyerStatus.Open,
        SessionStatus.Expired => BuyerStatus.Expired,
        _ => paymentStatus == "unpaid" ? BuyerStatus.Processing : BuyerStatus.Paid,
    };

    /// <summary>The name in responses, on the pages and of the texts, for example <c>in_review</c>.</summary>
    public static string Name(this BuyerStatus status) => status switch
    {
        BuyerStatus.Open => "open",
        BuyerStatus.Expired => "expired",
        BuyerStatus.Canceled => "canceled",
        BuyerStatus.Processing => "processing",
        BuyerStatus.Failed => "failed",
        BuyerStatus.Paid => "paid",
        BuyerStatus.Fulfilled => "fulfilled",
        BuyerStatus.InReview => "in_review",
        BuyerStatus.Rejected => "rejected",
        BuyerStatus.PartlyRefunded => "partly_refunded",
        BuyerStatus.Refunded => "refunded",
        BuyerStatus.Disputed => "disputed",
        BuyerStatus.Returned => "returned",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a buyer's status."),
    };

    private static BuyerStatus OfPaid(Order order) => order switch
    {
        _ when order.Disputes.Any(dispute => dispute is { Status: "lost", Effect: ReturnEffect.Counts }) => BuyerStatus.Returned,
        { AmountRefunded: > 0 } when order.AmountRefunded >= order.AmountTotal => BuyerStatus.Refunded,
        { Fulfillment: OrderFulfillment.Rejected } => BuyerStatus.Rejected,
        { AmountDisputed: > 0 } => BuyerStatus.Disputed,
        _ when order.Disputes.Any(dispute => dispute.Effect is ReturnEffect.Inquiry) => BuyerStatus.Disputed,
        { Fulfillment: OrderFulfillment.Held } => BuyerStatus.InReview,
        { AmountRefunded: > 0 } => BuyerStatus.PartlyRefunded,
        { Fulfillment: OrderFulfillment.Fulfilled } => BuyerStatus.Fulfilled,
        _ => BuyerStatus.Paid,
    };

    private static BuyerStatus OfUnpaid(Order order, DateTimeOffset now) => order switch
    {
        { Fulfillment: OrderFulfillment.Rejected } => BuyerStatus.Rejected,
        { Fulfillment: OrderFulfillment.Fulfilled } => BuyerStatus.Fulfilled,
        { Payment: OrderPayment.Failed } => BuyerStatus.Failed,
        { Payment: OrderPayment.Expired } => WasCanceled(order) ? BuyerStatus.Canceled : BuyerStatus.Expired,
        // An operator approved an unpaid order.
        { Fulfillment: OrderFulfillment.Held or OrderFulfillment.Ready or OrderFulfillment.Claimed } => BuyerStatus.InReview,
        { Payment: OrderPayment.Processing } => BuyerStatus.Processing,
        _ => SessionStatus.Of(order, now) == SessionStatus.Open ? BuyerStatus.Open : BuyerStatus.Expired,
    };

    private static bool WasCanceled(Order order) =>
        order.ExpiresAt is { } planned
        && order.Timeline.LastOrDefault(step => step.What == OrderState.Expired.Name()) is { } expired
        && expired.At < planned - s_clocksDiffer;
}
