using CheckoutAspire.Orders.Partitions;

namespace CheckoutAspire.Operations.Status;

/// <summary>What is left to do after the fulfillment.</summary>
/// <param name="Witnesses">Fulfilled orders whose witness is still to be written to Stripe.</param>
/// <param name="OldestWitness">When the oldest order among the next witnesses was fulfilled; null if no order waits for its witness.</param>
/// <param name="Notices">Orders with notices that are still to be sent to the merchant.</param>
/// <param name="Archived">Orders in the archive.</param>
public sealed record FollowUpStatus(long Witnesses, DateTimeOffset? OldestWitness, long Notices, long Archived);

/// <summary>How a fulfillment handler stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Failures">Failures in a row.</param>
/// <param name="PausedAt">Since when it is paused, or null.</param>
/// <param name="ProbeAt">When the next probe is due, or null.</param>
public sealed record HandlerStatus(string Name, int Failures, DateTimeOffset? PausedAt, DateTimeOffset? ProbeAt);

/// <summary>An alert that has begun and not ended.</summary>
/// <param name="Rule">The rule, for example <c>held</c>.</param>
/// <param name="Since">When it began.</param>
/// <param name="Text">What is wrong, as a sentence without personal data.</param>
public sealed record ActiveAlert(string Rule, DateTimeOffset Since, string Text)
{
    /// <summary>What Redis stores of this alert, by which its end is tied to this beginning; null before it is stored. It is no part of the JSON.</summary>
    internal string? Stored { get; init; }
}

/// <summary>The state of the whole system, as operators mean it.</summary>
public sealed record SystemStatus
{
    /// <summary>When this was read.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>The orders and events that wait.</summary>
    public required LedgerFigures Ledger { get; init; }

    /// <summary>What is left to do after the fulfillment.</summary>
    public required FollowUpStatus FollowUps { get; init; }

    /// <summary>What workers and receivers reported about themselves.</summary>
    public required ServiceReport Reports { get; init; }

    /// <summary>The fulfillment handlers of the ledger's workers.</summary>
    public required IReadOnlyList<HandlerStatus> Handlers { get; init; }

    /// <summary>How durable Redis is; null if Redis does not permit the question.</summary>
    public required Durability? Durability { get; init; }

    /// <summary>The memory of Redis; null if Redis does not permit the question.</summary>
    public required MemoryFigures? Memory { get; init; }

    /// <summary>Orders that were fulfilled per minute, over the last five minutes; null before there are samples.</summary>
    public double? FulfilledPerMinute { get; init; }

    /// <summary>The alerts that have begun and not ended, longest first.</summary>
    public IReadOnlyList<ActiveAlert> Alerts { get; init; } = [];

    /// <summary>How long the oldest paid order or unsettled event has waited.</summary>
    public TimeSpan OldestOwedAge => Age(Ledger.OldestOwed);

    /// <summary>How long the oldest fulfilled order has waited for its witness.</summary>
    public TimeSpan WitnessDelay => Age(FollowUps.OldestWitness);

    private TimeSpan Age(DateTimeOffset? since) => since is { } time && ReadAt > time ? ReadAt - time : TimeSpan.Zero;
}
