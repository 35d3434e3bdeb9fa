namespace CheckoutAspire.Orders.Ledger;

/// <summary>
/// The states of an order. They only move forward, by Lua scripts that check them. <see cref="Fulfilled"/> is final.
/// </summary>
public enum OrderState
{
    /// <summary>The session exists, and the buyer has not completed the page.</summary>
    Created,

    /// <summary>The buyer completed the page, and the payment settles later, for example a bank debit.</summary>
    AwaitingPayment,

    /// <summary>Paid; a worker fulfills it under a lease and a fence.</summary>
    Claimed,

    /// <summary>Paid and fulfilled. Terminal.</summary>
    Fulfilled,

    /// <summary>The delayed payment failed.</summary>
    Failed,

    /// <summary>The session expired unpaid.</summary>
    Expired,

    /// <summary>Something does not match the sale. An operator decides.</summary>
    NeedsReview,
}

/// <summary>The states' names in Redis, in responses and in telemetry.</summary>
public static class OrderStateNames
{
    /// <summary>The name, for example <c>awaiting_payment</c>.</summary>
    public static string Name(this OrderState state) => state switch
    {
        OrderState.Created => "created",
        OrderState.AwaitingPayment => "awaiting_payment",
        OrderState.Claimed => "claimed",
        OrderState.Fulfilled => "fulfilled",
        OrderState.Failed => "failed",
        OrderState.Expired => "expired",
        OrderState.NeedsReview => "needs_review",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not an order state."),
    };

    /// <summary>The state of a name.</summary>
    /// <exception cref="FormatException">The name is not a known state, so something else has written the ledger.</exception>
    public static OrderState Parse(string name) => name switch
    {
        "created" => OrderState.Created,
        "awaiting_payment" => OrderState.AwaitingPayment,
        "claimed" => OrderState.Claimed,
        "fulfilled" => OrderState.Fulfilled,
        "failed" => OrderState.Failed,
        "expired" => OrderState.Expired,
        "needs_review" => OrderState.NeedsReview,
        _ => throw new FormatException($"'{name}' is not an order state."),
    };
}
