using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>The maintenance of one partition: takes over idle entries, dead-letters poison, puts due entries back, and deletes idle consumers.</summary>
internal sealed partial class PartitionMaintenance(
    LedgerPartition partition,
    string consumer,
    EventStream events,
    OrderTransitions transitions,
    WorkerOptions options,
    ILogger logger)
{
    private const int BatchSize = 100;

    /// <summary>The cursor at which XAUTOCLAIM starts, and which it returns at the end.</summary>
    private static readonly RedisValue s_start = "0-0";

    /// <summary>The worker of an entry that has been idle for longer than a lease is gone.</summary>
    private readonly TimeSpan _abandonedAfter = options.Lease + TimeSpan.FromSeconds(1);

    /// <summary>By then its entries have been reclaimed. If the worker is still alive, its next XREADGROUP registers it again.</summary>
    private readonly TimeSpan _forgottenAfter = 10 * options.Lease;

    /// <summary>Puts due entries back into the stream, and returns the entries that a lost worker left behind.</summary>
    public async IAsyncEnumerable<StreamEntry> RunAsync()
    {
        while (await events.ReturnDueAsync(partition, BatchSize) == TimeSpan.Zero)
        {
            // More entries that waited for the same merchant are due, and are put back in the same round.
        }

        var cursor = s_start;
        do
        {
            var taken = await events.TakeOverAsync(partition, consumer, _abandonedAfter, cursor, BatchSize);
            cursor = taken.NextStartId;
            foreach (var entry in await RemovePoisonAsync(taken.ClaimedEntries))
            {
                yield return entry;
            }
        }
        while (cursor != s_start);

        await ForgetConsumersAsync();
    }

    /// <summary>Releases everything to the other workers at once, and deletes this consumer if nothing is pending.</summary>
    public async Task ReleaseAsync(IReadOnlyList<InFlightEntry> inFlight)
    {
        if (inFlight.Count > 0)
        {
            await events.ReleaseAsync(
                partition, consumer, [.. inFlight.Select(entry => entry.Id)],
                [.. inFlight.Where(entry => entry.Claim is not null).Select(entry => entry.Claim!.Value)]);
            Log.HandedOver(logger, inFlight.Count, partition.EventsName);
        }

        await events.ForgetConsumerAsync(partition, consumer);
    }

    /// <summary>
    /// Dead-letters entries that were delivered repeatedly and neither finished nor failed in an orderly way: each of them seems to crash
    /// its worker.
    /// </summary>
    private async Task<IReadOnlyList<StreamEntry>> RemovePoisonAsync(StreamEntry[] taken)
    {
        if (taken.Length == 0)
        {
            return taken;
        }

        var pending = await events.PendingAsync(partition, consumer, BatchSize, taken[0].Id, taken[^1].Id);
        var deliveries = pending.ToDictionary(message => message.MessageId, message => message.DeliveryCount);
        var sound = new List<StreamEntry>(taken.Length);
        foreach (var entry in taken)
        {
            if (deliveries.GetValueOrDefault(entry.Id) <= options.MaxAttempts)
            {
                sound.Add(entry);
                continue;
            }

            var attempts = deliveries[entry.Id];
            await transitions.ScheduleRetryAsync(
                partition, entry.Id, ObjectOf(entry), fence: null, attempts, allowed: attempts, TimeSpan.Zero,
                $"It was delivered {attempts} times and never finished.");
            Log.Poison(logger, entry.Id.ToString(), partition.EventsName, attempts);
        }

        return sound;
    }

    private static string ObjectOf(StreamEntry stored) => EventEntry.TryRead(stored, out var entry) ? entry.ObjectId.ToString() : "-";

    private async Task ForgetConsumersAsync()
    {
        foreach (var other in await events.ConsumersAsync(partition))
        {
            if (other.Name != consumer && other.IdleTimeInMilliseconds > _forgottenAfter.TotalMilliseconds)
            {
                await events.ForgetConsumerAsync(partition, other.Name);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Information, "Released {Count} entries of {Stream}.")]
        public static partial void HandedOver(ILogger logger, int count, string stream);

        [LoggerMessage(12, LogLevel.Error, "Entry {EntryId} of {Stream} was delivered {Deliveries} times and never finished, so it was dead-lettered.")]
        public static partial void Poison(ILogger logger, string entryId, string stream, int deliveries);
    }
}
