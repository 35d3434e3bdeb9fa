using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>What a verified event, or Stripe's API, reports about a session's payment.</summary>
public enum PaymentStatusChange
{
    /// <summary>Proof: <c>payment_status</c> is <c>paid</c> or <c>no_payment_required</c>.</summary>
    Paid,

    /// <summary>The buyer completed the page, and the money has not arrived.</summary>
    Processing,

    /// <summary>The delayed payment failed.</summary>
    Failed,

    /// <summary>The session expired.</summary>
    Expired,

    /// <summary>No news about the payment: a hold has ended, and the order is fulfilled if it is ready.</summary>
    None,
}

/// <summary>Whether a session was sold by this installation.</summary>
public enum SaleOrigin
{
    /// <summary>Its metadata does not name this installation.</summary>
    Foreign,

    /// <summary>Its metadata names this installation, which anyone with access to the account can write.</summary>
    Claimed,

    /// <summary>A seal or a request in the ledger proves it.</summary>
    Proven,

    /// <summary>It has a seal, which is verified if the ledger has neither order nor request.</summary>
    Sealed,
}

/// <summary>A verified fact about one Checkout Session or one renewal, with the values that are compared with the order.</summary>
public sealed record CheckoutFact
{
    /// <summary>The <see cref="Source"/> of a fact that was read from Stripe's API.</summary>
    public const string Reconciliation = "reconciliation";

    /// <summary>The session's id.</summary>
    public required string SessionId { get; init; }

    /// <summary>The change of the payment status that is proven.</summary>
    public required PaymentStatusChange Fact { get; init; }

    /// <summary>Whether this installation sold it, as far as the event tells.</summary>
    public required SaleOrigin Origin { get; init; }

    /// <summary>Whether it is the renewal of a subscription, whose id is its invoice's.</summary>
    public bool IsRenewal { get; init; }

    /// <summary>The seal in the metadata, or empty.</summary>
    public string Seal { get; init; } = "";

    /// <summary>Whether discounts, tax or shipping may change the total.</summary>
    public bool TotalVaries { get; init; }

    /// <summary>Why an operator must review the payment before the order is fulfilled, or empty.</summary>
    public string Suspicion { get; init; } = "";

    /// <summary>Stripe's payment status.</summary>
    public required string PaymentStatus { get; init; }

    /// <summary>Before discounts, tax and shipping, in minor units.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>What the buyer paid, in minor units.</summary>
    public required long AmountTotal { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether real money moved.</summary>
    public required bool Livemode { get; init; }

    /// <summary>The payment intent, or empty.</summary>
    public string PaymentIntent { get; init; } = "";

    /// <summary>Stripe's session mode.</summary>
    public string Mode { get; init; } = "";

    /// <summary>The subscription that the session began, or empty.</summary>
    public string Subscription { get; init; } = "";

    /// <summary>What reported it, for the order's timeline: the event's id, <see cref="Reconciliation"/>, or empty.</summary>
    public string Source { get; init; } = "";

    /// <summary>When Stripe created the session. A session that is older than the ledger belongs to a ledger that was lost.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// When the fact occurred; null if it was read from a list at Stripe. What may be older than the Redis server that holds the ledger
    /// is compared with the witness at Stripe before it is fulfilled.
    /// </summary>
    public required DateTimeOffset? AsOf { get; init; }

    /// <summary>When the session expires unpaid, in Unix seconds.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>Our reference from the session's metadata.</summary>
    public string OrderRef { get; init; } = "";

    /// <summary>The owner, from the session's metadata.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The seller's product id from the session's metadata.</summary>
    public string ProductId { get; init; } = "";

    /// <summary>The caller's own reference.</summary>
    public string ClientReferenceId { get; init; } = "";

    internal RedisValue[] RecordedFields() =>
    [
        OrderFields.OrderRef, OrderRef,
        OrderFields.Owner, Owner,
        OrderFields.ProductId, ProductId,
        OrderFields.ClientReferenceId, ClientReferenceId,
        OrderFields.Mode, Mode,
        OrderFields.ExpiresAt, ExpiresAt,
        .. TotalVaries && !IsRenewal ? (ReadOnlySpan<RedisValue>)[OrderFields.TotalVaries, 1] : [],
    ];
}
