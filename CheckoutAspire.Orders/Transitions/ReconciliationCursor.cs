using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>How far the ledger was held against Stripe, and which orders are overdue.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class ReconciliationCursor(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private const int MaxOverdue = 500;
    private static readonly RedisKey s_ledger = "co:ledger";
    private static readonly RedisKey s_turn = "co:ledger:reconciling";
    private static readonly RedisValue s_field = "reconciled_until";

    /// <summary>Takes the turn of one interval: of several workers one reconciles.</summary>
    public Task<bool> TryBeginAsync(TimeSpan interval) =>
        redis.GetDatabase().StringSetAsync(s_turn, Environment.MachineName, interval * 0.9, When.NotExists);

    /// <summary>Until when everything was held against Stripe; null for a ledger that never was.</summary>
    public async Task<DateTimeOffset?> ReadAsync() =>
        await redis.GetDatabase().HashGetAsync(s_ledger, s_field) is { IsNull: false } seconds
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    /// <summary>Notes that everything up to a time was held against Stripe.</summary>
    public Task WriteAsync(DateTimeOffset until) =>
        redis.GetDatabase().HashSetAsync(s_ledger, s_field, until.ToUnixTimeSeconds());

    /// <summary>Sessions that must have expired or been paid by now, and of which the ledger has heard nothing.</summary>
    public async Task<IReadOnlyList<string>> FindOverdueAsync(DateTimeOffset now)
    {
        var due = now.AddMinutes(-10).ToUnixTimeSeconds();
        var overdue = await Task.WhenAll(partitions.All.Select(partition =>
            redis.GetDatabase().SortedSetRangeByScoreAsync(partition.Open, stop: due, take: MaxOverdue)));
        return [.. overdue.SelectMany(ids => ids).Select(id => id.ToString())];
    }
}
