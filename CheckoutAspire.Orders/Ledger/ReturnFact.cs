namespace CheckoutAspire.Orders.Ledger;

/// <summary>The kind of object that a fact about returned money concerns.</summary>
public enum ReturnKind
{
    /// <summary>A refund, <c>re_…</c>.</summary>
    Refund,

    /// <summary>A dispute, <c>du_…</c>.</summary>
    Dispute,

    /// <summary>A charge, <c>ch_…</c>: how much of it is refunded so far.</summary>
    Charge,
}

/// <summary>The effect that the status of a refund or a dispute has on the money.</summary>
public enum ReturnEffect
{
    /// <summary>No money was returned or is withheld: a failed refund, a won dispute, a closed inquiry.</summary>
    None,

    /// <summary>An inquiry. An operator should look before the order is fulfilled; no money is withheld.</summary>
    Inquiry,

    /// <summary>The money was returned or is withheld.</summary>
    Counts,
}

/// <summary>The state of a refund or a dispute at Stripe, or how much of a charge is refunded.</summary>
public sealed record ReturnFact
{
    /// <summary>The kind of the object.</summary>
    public required ReturnKind Kind { get; init; }

    /// <summary>The Stripe object's id.</summary>
    public required string Id { get; init; }

    /// <summary>Stripe's status.</summary>
    public required string Status { get; init; }

    /// <summary>The time of this state.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>The amount in minor units; for a charge, the amount refunded so far.</summary>
    public required long Amount { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Stripe's reason code, or empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether the fact was read from Stripe's API and is therefore the current state.</summary>
    public bool ReadFromStripe { get; init; }

    /// <summary>The effect of the status on the money. A status that Stripe adds later counts as returned money until this code knows it.</summary>
    public ReturnEffect Effect => Status switch
    {
        "failed" or "canceled" or "won" or "warning_closed" or "prevented" => ReturnEffect.None,
        "warning_needs_response" or "warning_under_review" => ReturnEffect.Inquiry,
        _ => ReturnEffect.Counts,
    };

    internal string KindName => Kind switch
    {
        ReturnKind.Refund => "refund",
        ReturnKind.Dispute => "dispute",
        _ => "charge",
    };

    internal string EffectName => Effect switch
    {
        ReturnEffect.None => "none",
        ReturnEffect.Inquiry => "open",
        _ => "counts",
    };

    /// <summary>The rank of the status in the object's life cycle.</summary>
    internal int Rank => Status switch
    {
        "pending" or "warning_needs_response" => 0,
        "requires_action" or "warning_under_review" => 1,
        "succeeded" or "warning_closed" => 2,
        "canceled" or "needs_response" => 3,
        "failed" or "under_review" => 4,
        _ => 5,
    };
}
