namespace CheckoutAspire.Orders.Ledger;

/// <summary>What a fact about money that goes back is about.</summary>
public enum ReturnKind
{
    /// <summary>A refund, <c>re_…</c>.</summary>
    Refund,

    /// <summary>A dispute, <c>du_…</c>.</summary>
    Dispute,

    /// <summary>A charge, <c>ch_…</c>: how much of it is refunded so far.</summary>
    Charge,
}

/// <summary>What the status of a refund or a dispute means for the money.</summary>
public enum ReturnEffect
{
    /// <summary>Nothing went back and nothing is withheld: a failed refund, a won dispute, a closed inquiry.</summary>
    None,

    /// <summary>An inquiry: a person should look before the order is fulfilled, and no money is withheld.</summary>
    Inquiry,

    /// <summary>The money went back, or is withheld.</summary>
    Counts,
}

/// <summary>The state of a refund or a dispute at Stripe, or how much of a charge is refunded.</summary>
public sealed record ReturnFact
{
    /// <summary>What the fact is about.</summary>
    public required ReturnKind Kind { get; init; }

    /// <summary>The Stripe object's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its status as Stripe names it.</summary>
    public required string Status { get; init; }

    /// <summary>When it had this state.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>In minor units; of a charge what is refunded so far.</summary>
    public required long Amount { get; init; }

    /// <summary>Lower case ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Stripe's reason code, or empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether it was read from Stripe's API, and is therefore the present state.</summary>
    public bool ReadFromStripe { get; init; }

    /// <summary>What the status means for the money. A status that Stripe adds later counts until it is known.</summary>
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

    /// <summary>Where the status comes in the object's life.</summary>
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
