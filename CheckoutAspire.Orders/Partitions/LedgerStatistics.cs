using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>The state of the ledger: how much is waiting, and for how long.</summary>
/// <param name="Backlog">Entries in the events streams that are not settled.</param>
/// <param name="Pending">Of these, entries that a worker has read.</param>
/// <param name="Postponed">Entries that wait for a retry.</param>
/// <param name="Dead">Dead letters.</param>
/// <param name="Owed">Orders that are paid, not fulfilled and not held.</param>
/// <param name="Held">Orders that wait for an operator's decision.</param>
/// <param name="OldestOwed">The time since which the oldest owed order or unsettled entry has been waiting; null if nothing waits.</param>
public sealed record LedgerFigures(long Backlog, long Pending, long Postponed, long Dead, long Owed, long Held, DateTimeOffset? OldestOwed);

/// <summary>What is left to do after the fulfillment, and the orders that have left Redis.</summary>
/// <param name="Witnesses">Fulfilled orders whose witness is still to be written to Stripe.</param>
/// <param name="NextWitnesses">The ids of some of them: those that are due first.</param>
/// <param name="Notices">Orders with notices that are still to be sent to the merchant.</param>
/// <param name="Archived">Orders in the archive.</param>
public sealed record FollowUpFigures(long Witnesses, IReadOnlyList<string> NextWitnesses, long Notices, long Archived);

/// <summary>Reads the ledger's figures, over all partitions.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class LedgerStatistics(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private const int MaxNextWitnesses = 8;

    /// <summary>Reads the current figures.</summary>
    public async Task<LedgerFigures> ReadAsync()
    {
        var each = await Task.WhenAll(partitions.All.Select(ReadAsync));
        return new LedgerFigures(
            each.Sum(figures => figures.Backlog),
            each.Sum(figures => figures.Pending),
            each.Sum(figures => figures.Postponed),
            each.Sum(figures => figures.Dead),
            each.Sum(figures => figures.Owed),
            each.Sum(figures => figures.Held),
            each.Min(figures => figures.OldestOwed));
    }

    /// <summary>Reads what is left to do after the fulfillment.</summary>
    public async Task<FollowUpFigures> ReadFollowUpsAsync()
    {
        var each = await Task.WhenAll(partitions.All.Select(ReadFollowUpsAsync));
        return new FollowUpFigures(
            each.Sum(figures => figures.Witnesses),
            [.. each.SelectMany(figures => figures.Next).OrderBy(next => next.Score).Take(MaxNextWitnesses).Select(next => next.Element.ToString())],
            each.Sum(figures => figures.Notices),
            each.Sum(figures => figures.Archived));
    }

    private async Task<(long Witnesses, SortedSetEntry[] Next, long Notices, long Archived)> ReadFollowUpsAsync(LedgerPartition partition)
    {
        var database = redis.GetDatabase();
        var witnesses = database.SortedSetLengthAsync(partition.Outbox);
        var next = database.SortedSetRangeByRankWithScoresAsync(partition.Outbox, 0, 0);
        var notices = database.SortedSetLengthAsync(partition.Notices);
        var archived = database.HashGetAsync(partition.Archived, "orders");
        return (await witnesses, await next, await notices, (await archived).TryParse(out long count) ? count : 0);
    }

    private async Task<LedgerFigures> ReadAsync(LedgerPartition partition)
    {
        var database = redis.GetDatabase();
        var backlog = database.StreamLengthAsync(partition.Events);
        var oldestEntry = database.StreamRangeAsync(partition.Events, count: 1);
        var groups = database.KeyExistsAsync(partition.Events);
        var postponed = database.SortedSetLengthAsync(partition.Retry);
        var dead = database.StreamLengthAsync(partition.Dead);
        var owed = database.SortedSetLengthAsync(partition.Owed);
        var held = database.SortedSetLengthAsync(partition.Held);
        var oldestOwed = database.SortedSetRangeByRankWithScoresAsync(partition.Owed, 0, 0);
        var pending = await groups ? (await database.StreamGroupInfoAsync(partition.Events)).Sum(group => (long)group.PendingMessageCount) : 0;

        // A stream id begins with the time at which Redis created it: 1763884800123-0.
        var waiting = (await oldestEntry).Select(entry => long.Parse(entry.Id.ToString().Split('-')[0], null))
            .Concat((await oldestOwed).Select(order => (long)order.Score))
            .Select(DateTimeOffset.FromUnixTimeMilliseconds)
            .ToArray();
        return new LedgerFigures(
            await backlog, pending, await postponed, await dead, await owed, await held, waiting.Length == 0 ? null : waiting.Min());
    }
}
