using System.Collections.Concurrent;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>The partitions in which this worker has fulfilled an order since the last look: their witnesses are due.</summary>
internal sealed class FulfilledPartitions
{
    private readonly ConcurrentDictionary<int, byte> _numbers = new();

    public void Add(int partition) => _numbers.TryAdd(partition, 0);

    /// <summary>Returns and forgets them.</summary>
    public IReadOnlyList<int> TakeAll() => [.. _numbers.Keys.Where(number => _numbers.TryRemove(number, out _))];
}
