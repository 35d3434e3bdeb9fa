using CheckoutAspire.Orders.Ledger;



namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>What a session is for.</summary>
internal enum SaleKind
{
    /// <summary>Ours: what its events say must come about.</summary>
    Ours,

    /// <summary>Another integration's: nothing may come about.</summary>
    Foreign,

    /// <summary>Ours, with an event that is not what Stripe documents: a dead letter.</summary>
    Poison,

    /// <summary>Bytes that are signed and no event: a dead letter.</summary>
    NoEvent,
}

/// <summary>One session and its history.</summary>
/// <param name="SessionId">For <see cref="SaleKind.NoEvent"/> the body itself.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Recorded">Whether the ledger knew it before its first event, as it does unless a crash came between.</param>
/// <param name="Expected">The states that it may end in; none: the ledger must not know it.</param>
/// <param name="Deliveries">Its events, with every copy, in the order of delivery.</param>
internal sealed record Sale(
    string SessionId, SaleKind Kind, bool Recorded, IReadOnlyList<OrderState> Expected, IReadOnlyList<byte[]> Deliveries)
{
    public bool IsPaid => Expected is [OrderState.Fulfilled];
}
