namespace CheckoutAspire.Orders.Transitions;

/// <summary>The effect of a fact.</summary>
public enum Outcome
{
    /// <summary>This call fulfilled the order.</summary>
    Fulfilled,

    /// <summary>The caller holds the order: run the handlers, then fulfill under the fence.</summary>
    Claimed,

    /// <summary>There was nothing left to do.</summary>
    Duplicate,

    /// <summary>Another worker holds the lease of the same entry.</summary>
    Busy,

    /// <summary>The buyer completed the page, and the payment is processing.</summary>
    AwaitingPayment,

    /// <summary>The delayed payment failed.</summary>
    Failed,

    /// <summary>The session expired.</summary>
    Expired,

    /// <summary>An operator must decide, for example because the paid amount differs from the sale.</summary>
    NeedsReview,

    /// <summary>Another integration's session.</summary>
    Foreign,

    /// <summary>Ours and paid, but older than this ledger: ask the witness.</summary>
    CreatedBeforeLedger,

    /// <summary>The order may have been fulfilled in a part of the ledger that Redis has lost: ask the witness, then apply the fact again as asked.</summary>
    WitnessDue,

    /// <summary>A later claim took over, and nothing was written.</summary>
    Stale,

    /// <summary>A fact was recorded that does not lead to a fulfillment.</summary>
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

/// <summary>The outcomes' names in script replies and in telemetry.</summary>
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
        [Outcome.CreatedBeforeLedger] = "created_before_ledger",
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

    private static readonly Dictionary<string, Outcome> s_outcomes = s_names.ToDictionary(
        pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The name, for example <c>awaiting_payment</c>.</summary>
    public static string Name(this Outcome outcome) => s_names[outcome];

    internal static Outcome Parse(string? name) => name is not null && s_outcomes.TryGetValue(name, out var outcome)
        ? outcome
        : throw new FormatException($"A script of the ledger replied '{name}'.");
}
