using CsCheck;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>What happens in one step of a history.</summary>
internal enum StepKind
{
    /// <summary>A sale is recorded, as a tool call does after Stripe has created its session.</summary>
    Record,

    /// <summary>A payment moves at Stripe.</summary>
    Pay,

    /// <summary>A refund is made or moves at Stripe.</summary>
    Refund,

    /// <summary>A dispute or an inquiry is made or moves at Stripe.</summary>
    Dispute,

    /// <summary>A second passes. Without this step everything has the same time.</summary>
    Wait,

    /// <summary>A fact is delivered: a new one, an old one, or one that was delivered before.</summary>
    Deliver,

    /// <summary>Several facts about payments are delivered at once, so that the ledger applies them by one script.</summary>
    DeliverTogether,

    /// <summary>Reconciliation reads the objects of one order.</summary>
    Reconcile,

    /// <summary>A worker takes an entry by which a hold has ended.</summary>
    Release,

    /// <summary>A handler is done.</summary>
    Complete,

    /// <summary>A worker fulfills, perhaps under the fence of a claim that it has lost.</summary>
    Fulfill,

    /// <summary>A worker dies: its lease runs out.</summary>
    LoseLease,

    /// <summary>An operator approves or rejects, perhaps a hold that is over.</summary>
    Decide,

    /// <summary>Time passes: the order leaves Redis if it is settled.</summary>
    Archive,
}

/// <summary>A step of a history.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Sale">The number of the sale that it happens to.</param>
/// <param name="Choice">Which of the possibilities, each kind in its own way.</param>
/// <param name="Variant">A second choice.</param>
internal readonly record struct Step(StepKind Kind, int Sale, int Choice, int Variant)
{
    /// <summary>Histories of up to 100 steps, on a ledger of one partition or of several.</summary>
    public static Gen<(int Partitions, Step[] Steps)> Histories { get; } = Gen.Select(Gen.Bool.Select(several => several ? 4 : 1), Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(StepKind.Record)),
            (12, Gen.Const(StepKind.Pay)),
            (10, Gen.Const(StepKind.Refund)),
            (10, Gen.Const(StepKind.Dispute)),
            (6, Gen.Const(StepKind.Wait)),
            (30, Gen.Const(StepKind.Deliver)),
            (6, Gen.Const(StepKind.DeliverTogether)),
            (3, Gen.Const(StepKind.Reconcile)),
            (6, Gen.Const(StepKind.Release)),
            (3, Gen.Const(StepKind.Complete)),
            (6, Gen.Const(StepKind.Fulfill)),
            (3, Gen.Const(StepKind.LoseLease)),
            (8, Gen.Const(StepKind.Decide)),
            (10, Gen.Const(StepKind.Archive))),
        Gen.Int[0, 7],
        Gen.Int[0, 15],
        Gen.Int[0, 7],
        (kind, sale, choice, variant) => new Step(kind, sale, choice, variant)).Array[0, 100]);

    public override string ToString() => $"{Kind}({Sale}, {Choice}, {Variant})";
}
