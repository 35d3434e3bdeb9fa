using System.Collections.Concurrent;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Archive;

/// <summary>Looks up which orders may have left Redis for the archive. A hit is confirmed in the archive, because two ids may have one tombstone.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class Tombstones(IConnectionMultiplexer redis)
{
    private static readonly LedgerScript s_find = new("find_tombstones");

    private readonly ConcurrentDictionary<int, TombstoneLayout> _layouts = new();

    /// <summary>Those of a partition's orders that have a tombstone.</summary>
    public async Task<IReadOnlySet<string>> FindAsync(LedgerPartition partition, IReadOnlyList<string> orderIds)
    {
        while (true)
        {
            var layout = LayoutOf(partition);
            long[] tombstones = [.. orderIds.Select(TombstoneLayout.TombstoneOf)];
            var reply = (int[])(await s_find.EvaluateAsync(
                redis.GetDatabase(),
                [partition.Archived, .. tombstones.Select(tombstone => partition.Tombstones(layout.BucketOf(tombstone)))],
                [layout.Buckets, .. tombstones]))!;
            if (reply[0] == layout.Buckets)
            {
                return orderIds.Where((_, index) => reply[index + 1] == 1).ToHashSet(StringComparer.Ordinal);
            }

            Learn(partition, reply[0]);
        }
    }

    /// <summary>The layout as this process knows it. A script that finds another one replies it, and is called again.</summary>
    internal TombstoneLayout LayoutOf(LedgerPartition partition) => _layouts.GetValueOrDefault(partition.Number, TombstoneLayout.Initial);

    internal void Learn(LedgerPartition partition, int buckets) => _layouts[partition.Number] = new TombstoneLayout(buckets);
}
