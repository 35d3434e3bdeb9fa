namespace CheckoutAspire.Fulfillment;

/// <summary>A paid order, as handlers receive it.</summary>
public sealed record PaidOrder
{
    /// <summary>The id of what was paid: a Checkout Session (<c>cs_…</c>), or the invoice of a subscription's renewal (<c>in_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The same for every attempt at this order, and for no other: <c>fulfill/cs_…</c>.</summary>
    public string IdempotencyKey => "fulfill/" + Id;

    /// <summary>Increases with each claim, so that a system that remembers the highest value can reject a worker that was presumed dead.</summary>
    public required long Fence { get; init; }

    /// <summary>Our own reference, as in the session's metadata.</summary>
    public required string OrderRef { get; init; }

    /// <summary>The seller's product id, or empty.</summary>
    public required string ProductId { get; init; }

    /// <summary>The caller's own reference, or empty.</summary>
    public required string ClientReferenceId { get; init; }

    /// <summary>Before discounts, tax and shipping, in minor units.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>The paid total, in minor units.</summary>
    public required long AmountTotal { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether real money moved.</summary>
    public required bool Livemode { get; init; }

    /// <summary>Stripe's payment intent, or empty.</summary>
    public required string PaymentIntent { get; init; }
}
