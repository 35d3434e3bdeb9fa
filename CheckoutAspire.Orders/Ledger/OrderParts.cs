namespace CheckoutAspire.Orders.Ledger;

/// <summary>The payment of an order.</summary>
public enum OrderPayment
{
    /// <summary>The buyer has not finished the page.</summary>
    Unpaid,

    /// <summary>The buyer completed the page, and the payment is processing.</summary>
    Processing,

    /// <summary>The payment succeeded, or no payment was required.</summary>
    Paid,

    /// <summary>The delayed payment failed.</summary>
    Failed,

    /// <summary>The session expired unpaid.</summary>
    Expired,
}

/// <summary>The fulfillment of an order.</summary>
public enum OrderFulfillment
{
    /// <summary>There is nothing to do.</summary>
    None,

    /// <summary>A hold ended; a worker will claim the order.</summary>
    Ready,

    /// <summary>A worker runs the handlers under a lease and a fence.</summary>
    Claimed,

    /// <summary>Fulfilled exactly once. Terminal.</summary>
    Fulfilled,

    /// <summary>Stopped until an operator decides or the cause ends.</summary>
    Held,

    /// <summary>An operator rejected the order. Terminal.</summary>
    Rejected,
}

/// <summary>What was sold.</summary>
/// <param name="Subtotal">Before discounts, tax and shipping, in minor units.</param>
/// <param name="Total">In minor units.</param>
/// <param name="Currency">Lower case ISO 4217 code.</param>
public sealed record SoldAmount(long Subtotal, long Total, string Currency);

/// <summary>Payment and fulfillment as the fields <c>state</c>, <c>payment</c> and, in earlier ledgers, <c>decision</c> hold them.</summary>
/// <param name="State">The state that combines the two.</param>
/// <param name="Payment">The payment.</param>
/// <param name="Fulfillment">The fulfillment.</param>
internal readonly record struct StoredState(OrderState State, OrderPayment Payment, OrderFulfillment Fulfillment)
{
    public static StoredState Read(string state, string payment, string paymentStatus, string decision)
    {
        var (summary, fulfillment, implied) = state switch
        {
            "ready" => (OrderState.Claimed, OrderFulfillment.Ready, null),
            "rejected" => (OrderState.NeedsReview, OrderFulfillment.Rejected, null),
            "needs_review" when decision == "approved" => (OrderState.Claimed, OrderFulfillment.Ready, null),
            "needs_review" when decision == "rejected" => (OrderState.NeedsReview, OrderFulfillment.Rejected, null),
            _ => Of(OrderStateNames.Parse(state)),
        };
        return new StoredState(
            summary,
            payment switch
            {
                "unpaid" => OrderPayment.Unpaid,
                "processing" => OrderPayment.Processing,
                "paid" => OrderPayment.Paid,
                "failed" => OrderPayment.Failed,
                "expired" => OrderPayment.Expired,
                _ => implied ?? (paymentStatus is "paid" or "no_payment_required" ? OrderPayment.Paid : OrderPayment.Unpaid),
            },
            fulfillment);
    }

    private static (OrderState, OrderFulfillment, OrderPayment?) Of(OrderState state) => state switch
    {
        OrderState.Created => (state, OrderFulfillment.None, OrderPayment.Unpaid),
        OrderState.AwaitingPayment => (state, OrderFulfillment.None, OrderPayment.Processing),
        OrderState.Claimed => (state, OrderFulfillment.Claimed, OrderPayment.Paid),
        OrderState.Fulfilled => (state, OrderFulfillment.Fulfilled, OrderPayment.Paid),
        OrderState.Failed => (state, OrderFulfillment.None, OrderPayment.Failed),
        OrderState.Expired => (state, OrderFulfillment.None, OrderPayment.Expired),
        _ => (state, OrderFulfillment.Held, null),
    };
}
