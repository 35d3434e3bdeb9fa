using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>
/// Applies a partition's facts: at once when nothing is under way, else together with those that arrive meanwhile. A lone event so
/// waits for nobody, and a backlog costs Redis one script for many orders.
/// </summary>
internal sealed class FactQueue(IConnectionMultiplexer redis, LedgerPartition partition)
{
    private const int MostTogether = 64;

    /// <summary>While Redis works on one, the next is on its way.</summary>
    private const int MostUnderWay = 2;

    private static readonly LedgerScript s_apply = new("apply_facts");

    private readonly Lock _lock = new();
    private readonly Queue<FactToApply> _waiting = new();
    private readonly HashSet<string> _sessionsUnderWay = new(StringComparer.Ordinal);
    private readonly RedisKey[] _keys =
        [partition.Events, partition.Journal, partition.Open, partition.Owed, partition.Outbox, partition.Epoch];

    private int _underWay;

    public Task<Transition> ApplyAsync(FactToApply fact)
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
                for (var i = 0; i < batch.Count; i++)
                {
                    batch[i].Answer(replies[i]);
                }
            }
            catch (Exception exception)
            {
                // Whatever it was, it is each caller's to judge; those that were answered stay answered.
                batch.ForEach(fact => fact.TrySetException(exception));
            }

            Release(batch);
        }
    }

    /// <summary>The next that go together, in their order. A second fact about a session waits until the first is applied.</summary>
    private List<FactToApply> Take()
    {
        var batch = new List<FactToApply>();
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

    private void Release(List<FactToApply> batch)
    {
        lock (_lock)
        {
            batch.ForEach(fact => _sessionsUnderWay.Remove(fact.SessionId));
        }
    }

    private Task<RedisResult> EvaluateAsync(List<FactToApply> batch)
    {
        var arguments = new RedisValue[1 + (batch.Count * FactToApply.Width)];
        arguments[0] = EventStream.Group;
        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].WriteTo(arguments.AsSpan(1 + (i * FactToApply.Width)));
        }

        return s_apply.EvaluateAsync(
            redis.GetDatabase(),
            [.. _keys, .. batch.Select(fact => partition.Order(fact.SessionId)), .. batch.Select(fact => partition.Owned(fact.Owner))],
            arguments);
    }
}
