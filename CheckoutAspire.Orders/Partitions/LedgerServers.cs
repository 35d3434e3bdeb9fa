using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>The Redis servers that hold the ledger, as its partitions record them.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class LedgerServers(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    /// <summary>
    /// When the ledger was last found on a different server: after a restart, on a promoted replica, or from a backup. What came
    /// before may be lost. Null while each partition is on its first server.
    /// </summary>
    public async Task<DateTimeOffset?> FindChangeAsync()
    {
        var stamps = await Task.WhenAll(partitions.All.Select(partition => redis.GetDatabase().StringGetAsync(partition.Epoch)));
        var latest = stamps.Max(stamp => stamp.ToString().Split(' ') is [_, _, var since]
            && long.TryParse(since, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : 0);
        return latest == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(latest);
    }
}
