using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker;

/// <summary>A stream entry that this worker has read and not finished.</summary>
internal sealed class InFlightEntry(LedgerPartition partition, string consumer, StreamEntry stored, Action<int>? asking = null)
{
    public LedgerPartition Partition { get; } = partition;

    public string Consumer { get; } = consumer;

    public StreamEntry Stored { get; } = stored;

    public RedisValue Id => Stored.Id;

    /// <summary>The id as text, for lookups.</summary>
    public string Key { get; } = stored.Id.ToString();

    /// <summary>The number of failed attempts before this one.</summary>
    public int Attempts { get; set; }

    /// <summary>When it was taken, for comparing times on this machine.</summary>
    public long TakenAt { get; init; }

    /// <summary>Its processing, which ends before the entry is released, so that no later claim is possible.</summary>
    public Task Processing { get; set; } = Task.CompletedTask;

    /// <summary>Reports that the entry waits for Stripe and does not count toward the worker's concurrency.</summary>
    public void AsksStripe(bool begins) => asking?.Invoke(begins ? 1 : -1);

    /// <summary>The claim that it led to, which is released when the worker stops.</summary>
    public (string SessionId, long Fence)? Claim { get; set; }
}
