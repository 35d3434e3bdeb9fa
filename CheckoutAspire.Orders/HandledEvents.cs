namespace CheckoutAspire.Orders;

/// <summary>Stripe's event types that move an order. Any other is acknowledged and counted, never stored.</summary>
public static class HandledEvents
{
    /// <summary>The buyer finished the hosted page: paid, or a payment is on its way.</summary>
    public const string CheckoutCompleted = "checkout.session.completed";

    /// <summary>A delayed payment arrived.</summary>
    public const string AsyncPaymentSucceeded = "checkout.session.async_payment_succeeded";

    /// <summary>A delayed payment failed.</summary>
    public const string AsyncPaymentFailed = "checkout.session.async_payment_failed";

    /// <summary>The session expired unpaid.</summary>
    public const string CheckoutExpired = "checkout.session.expired";

    /// <summary>Whether a type, in UTF-8 as on the wire, is one of them.</summary>
    public static bool Contains(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("checkout.session.completed"u8)
        || type.SequenceEqual("checkout.session.async_payment_succeeded"u8)
        || type.SequenceEqual("checkout.session.async_payment_failed"u8)
        || type.SequenceEqual("checkout.session.expired"u8);
}
