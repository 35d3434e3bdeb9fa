using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// Applies a partition's facts: at once if no script is in flight, otherwise together with those that arrive in the meantime. A single
/// event therefore never waits, and a backlog costs Redis one script for many orders.
/// </summary>
internal sealed class FactQueue(
    IConnectionMultiplexer redis, LedgerPartitions partitions, LedgerPartition partition, WriteAcknowledgment? acknowledgment, LedgerHandlers? handlers,
    OrderArchiving? archiving = null)
{
    private const int MostTogether = 64;

    /// <summary>The number of scripts in flight: while Redis runs one, the next is sent.</summary>
    private const int MostUnderWay = 2;

    private static readonly LedgerScript s_apply = new("apply_facts");

    private readonly Lock _lock = new();
    private readonly Queue<PendingTransition> _waiting = new();
    private readonly HashSet<string> _sessionsUnderWay = new(StringComparer.Ordinal);
    private readonly RedisKey[] _keys =
        [partition.Events, partition.Journal, partition.Open, partition.Owed, partition.Outbox, partition.Held, partition.Epoch];

    private int _underWay;

    public Task<Transition> ApplyAsync(PendingTransition fact)
    {
        lock (_lock)
        {
            _waiting.Enqueue(fact);
            if (_underWay == MostUnderWay)
            {
                return fact.Task;
            }

            _underWay++;
        }

        _ = SendAsync();
        return fact.Task;
    }

    private async Task SendAsync()
    {
        while (Take() is { Count: > 0 } batch)
        {
            try
            {
                await RecordAsync(await UnarchiveAsync(await SendAsync(batch)));
            }
            catch (Exception exception)
            {
                // Each caller that has no answer yet receives the exception and decides.
                batch.ForEach(fact => fact.TrySetException(exception));
            }

            Release(batch);
        }
    }

    /// <summary>Applies facts in one script. Returns those of sessions that the ledger does not know.</summary>
    private async Task<IReadOnlyList<PendingTransition>> SendAsync(IReadOnlyList<PendingTransition> batch)
    {
        var replies = (RedisResult[])(await EvaluateAsync(batch))!;

        // A claim must outlive a failover before its handlers run.
        await (acknowledgment?.WaitAsync(partition) ?? Task.CompletedTask);
        return [.. batch.Where((fact, index) => !fact.TryAnswer(replies[index]))];
    }

    /// <summary>Records orders that the ledger does not know from their facts: a crash came before our record.</summary>
    private async Task RecordAsync(IReadOnlyList<PendingTransition> unrecorded)
    {
        // The request may have been written down. That of a subscription's sale does not prove the amount of a renewal.
        PendingTransition[] sales = [.. unrecorded.Where(fact => !fact.IsRenewal)];
        var requests = await Task.WhenAll(sales.Select(fact => redis.GetDatabase().StringGetAsync(partitions.Of(fact.Owner).Sale(fact.OrderRef))));
        foreach (var (fact, request) in sales.Zip(requests).Where(pair => !pair.Second.IsNull))
        {
            fact.ProveBy(request.ToString());
        }

        foreach (var unproven in unrecorded.Where(fact => fact.IsUnproven))
        {
            unproven.SetResult(new Transition(Outcome.Unproven, 0, []));
        }

        PendingTransition[] recorded = [.. unrecorded.Where(fact => !fact.IsUnproven)];
        if (recorded.Length > 0)
        {
            await SendAsync(recorded);
        }
    }

    /// <summary>Applies the facts about orders that were in the archive, which are brought back. Returns the others: the ledger never had their orders.</summary>
    private async Task<IReadOnlyList<PendingTransition>> UnarchiveAsync(IReadOnlyList<PendingTransition> unrecorded)
    {
        if (archiving is null)
        {
            return unrecorded;
        }

        var left = new List<PendingTransition>();
        while (unrecorded.Count > 0)
        {
            var outcomes = await archiving.UnarchiveAsync(
                partition,
                [.. unrecorded.Select(fact => fact.SessionId)],
                unrecorded.Where(fact => fact.MayBeLost).Select(fact => fact.SessionId).ToHashSet(StringComparer.Ordinal));
            var again = new List<PendingTransition>();
            foreach (var fact in unrecorded)
            {
                if (outcomes[fact.SessionId] is UnarchiveOutcome.Returned)
                {
                    // The order may leave again before the fact is applied.
                    fact.Recorded = [];
                    again.AddRange(await SendAsync([fact]));
                    continue;
                }

                var isLost = outcomes[fact.SessionId] is UnarchiveOutcome.NotInArchive && fact.IsOld;
                if (isLost && fact.IsPayment)
                {
                    // If the archive was lost, the witness at Stripe knows whether the order was fulfilled.
                    fact.SetResult(new Transition(Outcome.CreatedBeforeLedger, 0, []));
                    continue;
                }

                // The proof of payment of such an order, if it comes later, must ask the witness too.
                fact.Recorded = isLost ? [.. fact.Recorded, OrderFields.Predates, 1] : fact.Recorded;
                left.Add(fact);
            }

            unrecorded = again;
        }

        return left;
    }

    /// <summary>The next facts for one script, in order. A second fact about a session waits until the first is applied.</summary>
    private List<PendingTransition> Take()
    {
        var batch = new List<PendingTransition>();
        lock (_lock)
        {
            while (batch.Count < MostTogether && _waiting.TryPeek(out var next) && _sessionsUnderWay.Add(next.SessionId))
            {
                batch.Add(_waiting.Dequeue());
            }

            _underWay -= batch.Count == 0 ? 1 : 0;
        }

        return batch;
    }

    private void Release(List<PendingTransition> batch)
    {
        lock (_lock)
        {
            batch.ForEach(fact => _sessionsUnderWay.Remove(fact.SessionId));
        }
    }

    private Task<RedisResult> EvaluateAsync(IReadOnlyList<PendingTransition> batch)
    {
        const int Head = 4;
        var recorded = batch[0].Recorded.Length > 0;
        var arguments = new RedisValue[Head + batch.Count];
        (arguments[0], arguments[1]) = (EventStream.Group, recorded);
        (arguments[2], arguments[3]) = (handlers?.InOrder ?? "", handlers?.Paused ?? "");
        for (var i = 0; i < batch.Count; i++)
        {
            arguments[Head + i] = batch[i].Pack();
        }

        // A renewal is found through the sale that began its subscription.
        IEnumerable<RedisKey> owned = recorded
            ? batch.Select(fact => fact.IsRenewal ? partition.Order(fact.SessionId) : partition.Owned(fact.Owner))
            : [];
        return s_apply.EvaluateAsync(
            redis.GetDatabase(), [.. _keys, .. batch.Select(fact => partition.Order(fact.SessionId)), .. owned], arguments);
    }
}
