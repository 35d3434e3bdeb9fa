using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>The kind of a session, which decides the expected outcome.</summary>
internal enum SaleKind
{
    /// <summary>Our own session. Its events decide the final state.</summary>
    Ours,

    /// <summary>Our own session, which begins a subscription.</summary>
    Subscription,

    /// <summary>The invoice of a subscription's renewal.</summary>
    Renewal,

    /// <summary>Another integration's session. It must not change the ledger.</summary>
    Foreign,

    /// <summary>Our own session, with an event that does not match Stripe's documentation and must be dead-lettered.</summary>
    Poison,

    /// <summary>A signed body that is not an event and must be dead-lettered.</summary>
    NoEvent,
}

/// <summary>One session, or one renewal, and its history.</summary>
/// <param name="SessionId">The session's or invoice's id. For <see cref="SaleKind.NoEvent"/> it is the body itself.</param>
/// <param name="Kind">The kind of the session.</param>
/// <param name="Recorded">Whether the order is recorded before its first event. Without a crash in between, it always is.</param>
/// <param name="Expected">The allowed final states. If there are none, the ledger must not contain the order.</param>
/// <param name="Deliveries">The bodies of its events, including copies, in the order of delivery.</param>
internal sealed record Sale(
    string SessionId, SaleKind Kind, bool Recorded, IReadOnlyList<OrderState> Expected, IReadOnlyList<byte[]> Deliveries)
{
    public bool IsPaid => Expected is [OrderState.Fulfilled];

    /// <summary>The subscription that the session began or the invoice renewed, or null.</summary>
    public string? Subscription { get; init; }

    /// <summary>The refunds and disputes as Stripe has them in the end.</summary>
    public IReadOnlyList<ReturnFact> Returns { get; init; } = [];

    /// <summary>The bodies that are delivered once most orders are in the archive: copies, and returns that come late.</summary>
    public IReadOnlyList<byte[]> Late { get; init; } = [];

    /// <summary>Those of <see cref="Deliveries"/> that report a return.</summary>
    public IReadOnlyList<byte[]> ReturnEvents { get; init; } = [];

    /// <summary>Whether a return can hold the order until an operator decides.</summary>
    public bool MayBeHeld => Returns.Any(one => one.Effect is not ReturnEffect.None);

    /// <summary>The payments that equal Stripe's in the end.</summary>
    public IEnumerable<OrderPayment> Payments => Expected.Select(state => state switch
    {
        OrderState.Fulfilled => OrderPayment.Paid,
        OrderState.AwaitingPayment => OrderPayment.Processing,
        OrderState.Failed => OrderPayment.Failed,
        OrderState.Expired => OrderPayment.Expired,
        _ => OrderPayment.Unpaid,
    });

    /// <summary>The sum of the refunds, or of the disputes, that count.</summary>
    public long Returned(ReturnKind kind) =>
        Returns.Where(one => one.Kind == kind && one.Effect is ReturnEffect.Counts).Sum(one => one.Amount);
}
