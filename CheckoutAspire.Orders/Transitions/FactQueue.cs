using CheckoutAspire.Orders.Events;
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
                var replies = (RedisResult[])(await EvaluateAsync(batch))!;

                // A claim must outlive a failover before its handlers run.
                await (acknowledgment?.WaitAsync(partition) ?? Task.CompletedTask);
                PendingTransition[] unrecorded = [.. batch.Where((fact, index) => !fact.TryAnswer(replies[index]))];
                foreach (var fact in await UnarchiveAsync(unrecorded))
                {
                    // The ledger does not know it: a crash came before our record. The request may have been written down. That of a
                    // subscription's sale does not prove the amount of a renewal.
                    if (!fact.IsRenewal && (string?)await redis.GetDatabase().StringGetAsync(partitions.Of(fact.Owner).Sale(fact.OrderRef)) is { } sale)
                    {
                        fact.ProveBy(sale);
                    }

                    if (fact.IsUnproven)
                    {
                        fact.SetResult(new Transition(Outcome.Unproven, 0, []));
                        continue;
                    }

                    fact.TryAnswer(((RedisResult[])(await EvaluateAsync([fact]))!)[0]);
                }
            }
            catch (Exception exception)
            {
                // Each caller that has no answer yet receives the exception and decides.
                batch.ForEach(fact => fact.TrySetException(exception));
            }

            Release(batch);
        }
    }

    /// <summary>Applies the facts about orders that were in the archive, which are brought back. Returns the others: the ledger never had their orders.</summary>
    private async Task<IReadOnlyList<PendingTransition>> UnarchiveAsync(PendingTransition[] unrecorded)
    {
        if (archiving is null || unrecorded.Length == 0)
        {
            return unrecorded;
        }

        var outcomes = await archiving.UnarchiveAsync(partition, [.. unrecorded.Select(fact => fact.SessionId)]);
        var left = new List<PendingTransition>();
        foreach (var fact in unrecorded)
        {
            fact.Recorded = outcomes[fact.SessionId] is UnarchiveOutcome.Returned ? [] : fact.Recorded;
            if (fact.Recorded.Length == 0 && fact.TryAnswer(((RedisResult[])(await EvaluateAsync([fact]))!)[0]))
            {
                continue;
            }

            if (outcomes[fact.SessionId] is UnarchiveOutcome.NotInArchive && fact.IsOldPayment)
            {
                // If the archive was lost, the witness at Stripe knows whether the order was fulfilled.
                fact.SetResult(new Transition(Outcome.CreatedBeforeLedger, 0, []));
            }
            else
            {
                left.Add(fact);
            }
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

    private Task<RedisResult> EvaluateAsync(List<PendingTransition> batch)
    {
        const int Head = 4;
        var recorded = batch[0].Recorded;
        var arguments = new RedisValue[Head + batch.Count + recorded.Length];
        (arguments[0], arguments[1]) = (EventStream.Group, recorded.Length > 0);
        (arguments[2], arguments[3]) = (handlers?.InOrder ?? "", handlers?.Paused ?? "");
        for (var i = 0; i < batch.Count; i++)
        {
            arguments[Head + i] = batch[i].Pack();
        }

        recorded.CopyTo(arguments.AsSpan(arguments.Length - recorded.Length));

        // A renewal is found through the sale that began its subscription.
        RedisKey[] owned = recorded.Length > 0 && !batch[0].IsRenewal ? [partition.Owned(batch[0].Owner)] : [];
        return s_apply.EvaluateAsync(
            redis.GetDatabase(), [.. _keys, .. batch.Select(fact => partition.Order(fact.SessionId)), .. owned], arguments);
    }
}
