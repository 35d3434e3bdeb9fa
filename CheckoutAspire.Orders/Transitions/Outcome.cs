namespace CheckoutAspire.Orders.Transitions;

/// <summary>What became of a fact.</summary>
public enum Outcome
{
    /// <summary>The order is fulfilled, by this very call.</summary>
    Fulfilled,

    /// <summary>The caller holds the order: run the handlers, then fulfill under the fence.</summary>
    Claimed,

    /// <summary>Nothing was left to do.</summary>
    Duplicate,

    /// <summary>Another worker holds the lease of this very entry.</summary>
    Busy,

    /// <summary>The buyer finished; the money is on its way.</summary>
    AwaitingPayment,

    /// <summary>The delayed payment failed.</summary>
    Failed,

    /// <summary>The session expired.</summary>
    Expired,

    /// <summary>A person must decide, for example because another amount was paid than was sold.</summary>
    NeedsReview,

    /// <summary>Another integration's session.</summary>
    Foreign,

    /// <summary>Ours and paid, but older than this ledger: ask the witness.</summary>
    Predates,

    /// <summary>The order may have been fulfilled in a part of the ledger that Redis has lost: ask the witness, then apply the fact again as asked.</summary>
    WitnessDue,

    /// <summary>A later claim took over; this one wrote nothing.</summary>
    Stale,

    /// <summary>A fact was recorded from which no fulfillment follows.</summary>
    Recorded,

    /// <summary>Another state of the same second is recorded, and only Stripe's API can tell which is later.</summary>
    Ambiguous,

    /// <summary>The ledger does not know the session, and whether its seal is right depends on its lines, which only Stripe's API returns.</summary>
    Unproven,

    /// <summary>The entry went on into its order's partition.</summary>
    Forwarded,

    /// <summary>The ledger has no such order.</summary>
    Unknown,

    /// <summary>Scheduled for a retry.</summary>
    Postponed,

    /// <summary>Moved to the dead letters.</summary>
    Dead,

    /// <summary>The entry is no longer in the stream.</summary>
    Gone,
}

/// <summary>The verdicts' names in script replies and in telemetry.</summary>
public static class OutcomeNames
{
    private static readonly Dictionary<Outcome, string> s_names = new()
    {
        [Outcome.Fulfilled] = "fulfilled",
        [Outcome.Claimed] = "claimed",
        [Outcome.Duplicate] = "duplicate",
        [Outcome.Busy] = "busy",
        [Outcome.AwaitingPayment] = "awaiting_payment",
        [Outcome.Failed] = "failed",
        [Outcome.Expired] = "expired",
        [Outcome.NeedsReview] = "needs_review",
        [Outcome.Foreign] = "foreign",
        [Outcome.Predates] = "predates",
        [Outcome.WitnessDue] = "witness_due",
        [Outcome.Stale] = "stale",
        [Outcome.Recorded] = "recorded",
        [Outcome.Ambiguous] = "ambiguous",
        [Outcome.Unproven] = "unproven",
        [Outcome.Forwarded] = "forwarded",
        [Outcome.Unknown] = "unknown",
        [Outcome.Postponed] = "postponed",
        [Outcome.Dead] = "dead",
        [Outcome.Gone] = "gone",
    };

    private static readonly Dictionary<string, Outcome> s_verdicts = s_names.ToDictionary(
        pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The name, for example <c>awaiting_payment</c>.</summary>
    public static string Name(this Outcome verdict) => s_names[verdict];

    internal static Outcome Parse(string? name) => name is not null && s_verdicts.TryGetValue(name, out var verdict)
        ? verdict
        : throw new FormatException($"A script of the ledger replied '{name}'.");
}
