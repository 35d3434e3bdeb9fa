using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>A call of a handler that has ended.</summary>
/// <param name="Handler">The handler's name; null when no handler was called.</param>
/// <param name="Took">How long it took.</param>
public readonly record struct HandlerCall(string? Handler, TimeSpan Took);

/// <summary>Moves orders through their states. Each method is one script: its check, its writes and its acknowledgement are one step.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer; then it may have happened, and a retry is safe.</remarks>
public sealed class OrderTransitions(IConnectionMultiplexer redis, LedgerPartitions partitions, WriteAcknowledgment? acknowledgment = null, LedgerHandlers? handlers = null,
    OrderArchiving? archiving = null)
{
    private static readonly LedgerScript s_fulfill = new("fulfill_order");
    private static readonly LedgerScript s_completeHandler = new("complete_handler");
    private static readonly LedgerScript s_noteCall = new("note_call");
    private static readonly LedgerScript s_renewLease = new("renew_lease");
    private static readonly LedgerScript s_postpone = new("postpone_entry");
    private static readonly LedgerScript s_restore = new("restore_order");
    private static readonly LedgerScript s_witness = new("witness_order");
    private static readonly LedgerScript s_recordReturn = new("record_return");
    private static readonly LedgerScript s_recordSubscription = new("record_subscription");

    private readonly FactQueue[] _facts = [.. partitions.All.Select(partition => new FactQueue(redis, partitions, partition, acknowledgment, handlers, archiving))];

    /// <summary>Applies a fact to its order and acknowledges the entry that carried it, together with other waiting facts of the partition.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="entryId">The stream entry, in the session's own partition.</param>
    /// <param name="livemode">Whether this ledger holds live orders.</param>
    /// <param name="lease">The time after which another worker may claim the order; zero without handlers.</param>
    /// <param name="askedSince">
    /// The <see cref="Transition.ServerSince"/> of an earlier <see cref="Outcome.WitnessDue"/>, once the witness at Stripe turned out not to know the order.
    /// </param>
    public Task<Transition> ApplyAsync(CheckoutFact fact, RedisValue entryId, bool livemode, TimeSpan lease, long? askedSince = null) =>
        _facts[partitions.Of(fact.SessionId).Number].ApplyAsync(new PendingTransition(fact, entryId, livemode, lease, askedSince));

    /// <summary>Records that the witness at Stripe has an order as fulfilled of which Redis has lost the fulfillment.</summary>
    /// <param name="fact">The proof of payment, or the release of a hold.</param>
    /// <param name="entryId">The entry that carried it.</param>
    /// <param name="fulfilledAt">When the witness says it was fulfilled.</param>
    /// <returns><see cref="Outcome.Fulfilled"/>, <see cref="Outcome.Duplicate"/> or <see cref="Outcome.Unknown"/>.</returns>
    public async Task<Outcome> WitnessAsync(CheckoutFact fact, RedisValue entryId, DateTimeOffset fulfilledAt) =>
        OutcomeNames.Parse((string?)await s_witness.EvaluateAsync(
            redis.GetDatabase(),
            partitions.Of(fact.SessionId).KeysOf(fact.SessionId),
            EventStream.Group, entryId, fact.SessionId, fulfilledAt.ToUnixTimeMilliseconds(), fact.PaymentStatus, fact.PaymentIntent,
            fact.Subscription, fact.AmountSubtotal, fact.AmountTotal, fact.Currency));

    /// <summary>Commits a claimed order's fulfillment.</summary>
    /// <param name="sessionId">The order.</param>
    /// <param name="entryId">The entry that led to the claim.</param>
    /// <param name="fence">The claim's fence.</param>
    /// <param name="lastHandler">The handler that ran last, or empty.</param>
    /// <param name="took">How long that handler took.</param>
    /// <returns><see cref="Outcome.Fulfilled"/>, <see cref="Outcome.Duplicate"/> or <see cref="Outcome.Stale"/>.</returns>
    public async Task<Outcome> FulfillAsync(string sessionId, RedisValue entryId, long fence, string lastHandler = "", TimeSpan took = default)
    {
        var partition = partitions.Of(sessionId);
        var reply = await s_fulfill.EvaluateAsync(
            redis.GetDatabase(), partition.KeysOf(sessionId), EventStream.Group, entryId, sessionId, fence, lastHandler, (long)took.TotalMilliseconds);
        await (acknowledgment?.WaitAsync(partition) ?? Task.CompletedTask);
        return OutcomeNames.Parse((string?)reply);
    }

    /// <summary>Notes that one of several handlers is done and that the next one is about to be called, and renews the lease.</summary>
    /// <returns>False when a later claim took over, or the order is held: stop.</returns>
    public async Task<bool> CompleteHandlerAsync(string sessionId, long fence, string handler, TimeSpan lease, string next = "", TimeSpan took = default) =>
        (bool)await s_completeHandler.EvaluateAsync(
            redis.GetDatabase(), [partitions.Of(sessionId).Order(sessionId)], fence, handler, (long)lease.TotalMilliseconds, next, (long)took.TotalMilliseconds);

    /// <summary>Notes that a handler is about to be called that the claim left out as paused.</summary>
    /// <returns>False when a later claim took over, or the order is held: stop.</returns>
    public async Task<bool> NoteCallAsync(string sessionId, long fence, string handler) =>
        (bool)await s_noteCall.EvaluateAsync(redis.GetDatabase(), [partitions.Of(sessionId).Order(sessionId)], fence, handler);

    /// <summary>Parks a claimed order's entry until a paused handler resumes. That is not an attempt.</summary>
    /// <returns><see cref="Outcome.Postponed"/>, <see cref="Outcome.Stale"/> or <see cref="Outcome.Gone"/>.</returns>
    public Task<Outcome> ParkAsync(LedgerPartition partition, RedisValue entryId, string sessionId, long fence, int attempts, string reason, HandlerCall failed = default) =>
        ScheduleRetryAsync(partition, entryId, sessionId, fence, attempts, allowed: int.MaxValue, TimeSpan.FromMilliseconds(-1), reason, failed);

    /// <summary>Renews a claim while its handlers run.</summary>
    /// <returns>False if a later claim took over, in which case the caller must stop.</returns>
    public async Task<bool> RenewLeaseAsync(string sessionId, RedisValue entryId, long fence, string consumer, TimeSpan lease)
    {
        var partition = partitions.Of(sessionId);
        return (bool)await s_renewLease.EvaluateAsync(
            redis.GetDatabase(),
            [partition.Order(sessionId), partition.Events],
            fence, (long)lease.TotalMilliseconds, EventStream.Group, consumer, entryId);
    }

    /// <summary>Schedules an entry's retry after a failed attempt, or dead-letters it after the last attempt.</summary>
    /// <param name="partition">The entry's partition.</param>
    /// <param name="entryId">The entry.</param>
    /// <param name="sessionId">The object that the entry concerns.</param>
    /// <param name="fence">The claim's fence, or null if nothing was claimed.</param>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="allowed">The number of allowed attempts.</param>
    /// <param name="delay">The delay before the retry.</param>
    /// <param name="reason">Why the attempt failed, without any content of the event.</param>
    /// <param name="failed">The call of a handler that failed, if that was the reason.</param>
    /// <returns><see cref="Outcome.Postponed"/>, <see cref="Outcome.Dead"/>, <see cref="Outcome.Stale"/> or <see cref="Outcome.Gone"/>.</returns>
    public async Task<Outcome> ScheduleRetryAsync(
        LedgerPartition partition, RedisValue entryId, string sessionId, long? fence, int attempt, int allowed, TimeSpan delay, string reason,
        HandlerCall failed = default) =>
        OutcomeNames.Parse((string?)await s_postpone.EvaluateAsync(
            redis.GetDatabase(),
            partition.KeysOf(sessionId),
            EventStream.Group, entryId, sessionId, fence ?? RedisValue.EmptyString, attempt, allowed, (long)delay.TotalMilliseconds, reason,
            failed.Handler ?? "", (long)failed.Took.TotalMilliseconds));

    /// <summary>Records a paid session that is older than this ledger, as the witness at Stripe has it.</summary>
    /// <param name="fact">The proof of payment.</param>
    /// <param name="entryId">The entry that carried it.</param>
    /// <param name="fulfilledAt">When the witness says it was fulfilled; null without a witness.</param>
    /// <returns><see cref="Outcome.Fulfilled"/>, <see cref="Outcome.NeedsReview"/> or <see cref="Outcome.Duplicate"/>.</returns>
    public async Task<Outcome> RestoreAsync(CheckoutFact fact, RedisValue entryId, DateTimeOffset? fulfilledAt)
    {
        var partition = partitions.Of(fact.SessionId);
        return OutcomeNames.Parse((string?)await s_restore.EvaluateAsync(
            redis.GetDatabase(),
            fact.Owner.Length > 0 && !fact.IsRenewal ? partition.KeysOf(fact.SessionId, partition.Owned(fact.Owner)) : partition.KeysOf(fact.SessionId),
            [
                EventStream.Group,
                entryId,
                fact.SessionId,
                fulfilledAt is { } at ? at.ToUnixTimeMilliseconds() : RedisValue.EmptyString,
                OrderFields.AmountSubtotal, fact.AmountSubtotal,
                OrderFields.AmountTotal, fact.AmountTotal,
                OrderFields.Currency, fact.Currency,
                OrderFields.Livemode, fact.Livemode,
                "payment_status", fact.PaymentStatus,
                "payment_intent", fact.PaymentIntent,
                .. fact.RecordedFields(),
            ]));
    }

    /// <summary>Records the state of a refund or a dispute. Facts can be repeated and arrive in any order.</summary>
    /// <param name="sessionId">The order.</param>
    /// <param name="entryId">The entry, in the order's partition.</param>
    /// <param name="fact">The state.</param>
    /// <returns><see cref="Outcome.Recorded"/>, <see cref="Outcome.NeedsReview"/> or <see cref="Outcome.Duplicate"/>.</returns>
    public Task<Outcome> RecordReturnAsync(string sessionId, RedisValue entryId, ReturnFact fact) => UnarchiveFirstAsync(
        sessionId,
        onlyKnown => s_recordReturn.EvaluateAsync(
            redis.GetDatabase(),
            partitions.Of(sessionId).KeysOf(sessionId),
            EventStream.Group, entryId, sessionId, fact.KindName, fact.Id, fact.Status, fact.Rank, fact.AsOf.ToUnixTimeSeconds(), fact.Amount,
            fact.Currency, fact.Reason, fact.ReadFromStripe, fact.EffectName, onlyKnown));

    /// <summary>Records the state of the subscription that a session began; repeated, late and early facts are safe.</summary>
    /// <param name="sessionId">The session that began it.</param>
    /// <param name="entryId">The entry, in the session's partition.</param>
    /// <param name="fact">The state.</param>
    /// <returns><see cref="Outcome.Recorded"/>, <see cref="Outcome.Duplicate"/> or <see cref="Outcome.Ambiguous"/>.</returns>
    public Task<Outcome> RecordSubscriptionAsync(string sessionId, RedisValue entryId, SubscriptionFact fact) => UnarchiveFirstAsync(
        sessionId,
        onlyKnown => s_recordSubscription.EvaluateAsync(
            redis.GetDatabase(),
            partitions.Of(sessionId).KeysOf(sessionId),
            EventStream.Group, entryId, sessionId, fact.State.Status, fact.State.EndsWithPeriod,
            fact.State.AsOf.ToUnixTimeSeconds(), fact.Reason, fact.ReadFromStripe, onlyKnown));

    /// <summary>Brings an order back to Redis if it is in the archive.</summary>
    public Task UnarchiveAsync(string orderId) => archiving?.UnarchiveAsync(orderId, mayBeLost: false) ?? Task.CompletedTask;

    /// <summary>
    /// Records a fact of which Redis may not have the order: an order that has left it is brought back from the archive first. The archive is asked even without a
    /// tombstone, which Redis may have lost, because what is recorded of an unknown order would hide the archived one.
    /// </summary>
    private async Task<Outcome> UnarchiveFirstAsync(string orderId, Func<bool, Task<RedisResult>> record)
    {
        for (var onlyKnown = archiving is not null; ;)
        {
            var outcome = OutcomeNames.Parse((string?)await record(onlyKnown));
            if (outcome is not Outcome.Unknown)
            {
                return outcome;
            }

            // An order that was brought back may leave again before the fact is recorded.
            onlyKnown = await archiving!.UnarchiveAsync(orderId, mayBeLost: true) is UnarchiveOutcome.Returned;
        }
    }
}
