using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>What became of a fact.</summary>
public enum Verdict
{
    /// <summary>The order was fulfilled by this very call.</summary>
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

    /// <summary>What was paid is not what was sold.</summary>
    NeedsReview,

    /// <summary>Another integration's session.</summary>
    Foreign,

    /// <summary>A later claim took over; this one wrote nothing.</summary>
    Stale,
}

/// <summary>A verdict, and the fence when an order was claimed or fulfilled.</summary>
public readonly record struct Transition(Verdict Verdict, long Fence);

/// <summary>Moves orders through their states. Each method is one script: its check, its writes and its acknowledgement are one step.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer; then it may have happened, and a retry is safe.</remarks>
public sealed class OrderTransitions(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private static readonly LedgerScript s_apply = new("apply_event");
    private static readonly LedgerScript s_fulfill = new("fulfill_order");

    /// <summary>Applies a fact to its order and settles the entry that carried it.</summary>
    /// <param name="fact">What is proven.</param>
    /// <param name="partition">The partition the entry was read from, which is the session's own.</param>
    /// <param name="entryId">The stream entry, or <see cref="RedisValue.EmptyString"/> when the fact came from Stripe's API.</param>
    /// <param name="livemode">Whether this ledger holds live orders.</param>
    /// <param name="lease">How long handlers may take before another worker may claim; zero when there are none.</param>
    public async Task<Transition> ApplyAsync(
        CheckoutFact fact, LedgerPartition partition, RedisValue entryId, bool livemode, TimeSpan lease)
    {
        var reply = (RedisValue[])(await s_apply.EvaluateAsync(
            redis.GetDatabase(),
            Keys(partition, fact.SessionId),
            EventStream.Group,
            entryId,
            fact.SessionId,
            Name(fact.Fact),
            fact.Ours,
            livemode,
            (long)lease.TotalMilliseconds,
            fact.PaymentStatus,
            fact.AmountSubtotal,
            fact.AmountTotal,
            fact.Currency,
            fact.Livemode,
            fact.PaymentIntent,
            OrderFields.OrderRef, fact.OrderRef,
            OrderFields.ProductId, fact.ProductId,
            OrderFields.ClientReferenceId, fact.ClientReferenceId,
            OrderFields.Mode, fact.Mode,
            OrderFields.ExpiresAt, fact.ExpiresAt))!;
        return new Transition(ParseVerdict(reply[0]!), (long)reply[1]);
    }

    /// <summary>Commits a claimed order's fulfillment.</summary>
    /// <returns><see cref="Verdict.Fulfilled"/>, <see cref="Verdict.Duplicate"/> or <see cref="Verdict.Stale"/>.</returns>
    public async Task<Verdict> FulfillAsync(string sessionId, RedisValue entryId, long fence)
    {
        var partition = partitions.Of(sessionId);
        return ParseVerdict((string)(await s_fulfill.EvaluateAsync(
            redis.GetDatabase(),
            Keys(partition, sessionId),
            EventStream.Group,
            entryId,
            sessionId,
            fence.ToString(CultureInfo.InvariantCulture)))!);
    }

    private static RedisKey[] Keys(LedgerPartition partition, string sessionId) =>
        [partition.Order(sessionId), partition.Events, partition.Journal, partition.Open, partition.Owed];

    private static string Name(PaymentFact fact) => fact switch
    {
        PaymentFact.Paid => "paid",
        PaymentFact.Unpaid => "unpaid",
        PaymentFact.Failed => "failed",
        PaymentFact.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a payment fact."),
    };

    private static Verdict ParseVerdict(string name) => name switch
    {
        "fulfilled" => Verdict.Fulfilled,
        "claimed" => Verdict.Claimed,
        "duplicate" => Verdict.Duplicate,
        "busy" => Verdict.Busy,
        "awaiting_payment" => Verdict.AwaitingPayment,
        "failed" => Verdict.Failed,
        "expired" => Verdict.Expired,
        "needs_review" => Verdict.NeedsReview,
        "foreign" => Verdict.Foreign,
        "stale" => Verdict.Stale,
        _ => throw new FormatException($"A script of the ledger replied '{name}'."),
    };
}
