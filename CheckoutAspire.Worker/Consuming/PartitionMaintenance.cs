using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Fulfillment;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>The maintenance of one partition: takes over idle entries, dead-letters poison, puts due entries back, and deletes idle consumers.</summary>
internal sealed partial class PartitionMaintenance(
    LedgerPartition partition,
    string consumer,
    EventStream events,
    OrderTransitions transitions,
    HandlerPauses pauses,
    WorkerOptions options,
    ILogger logger)
{
    private const int BatchSize = 100;

    /// <summary>An entry whose worker ended so often is processed alone.</summary>
    private const int SuspectAfter = 2;

    /// <summary>Where XAUTOCLAIM begins, and what it replies when it has come to the end.</summary>
    private static readonly RedisValue s_start = "0-0";

    /// <summary>The worker of an entry that has been idle for longer than a lease is gone.</summary>
    private readonly TimeSpan _abandonedAfter = options.Lease + TimeSpan.FromSeconds(1);

    /// <summary>By then its entries have been taken over. If the worker is still alive, its next read registers it again.</summary>
    private readonly TimeSpan _forgottenAfter = 10 * options.Lease;

    /// <summary>How long after the last look the next retry is due, or null.</summary>
    public TimeSpan? NextDue { get; private set; }

    /// <summary>Puts due entries back, and yields those to process that their worker left behind.</summary>
    /// <param name="kept">The entries that this worker has processed for a while and keeps.</param>
    /// <returns>Entries, and whether each is to be processed alone because it may be what ended its workers.</returns>
    public async IAsyncEnumerable<(StreamEntry Entry, bool IsSuspect)> RunAsync(IReadOnlyList<RedisValue> kept)
    {
        if (kept.Count > 0)
        {
            await events.KeepAsync(partition, consumer, kept);
        }

        ReturnedEntries due;
        do
        {
            // What waited for the same merchant returns together.
            due = await events.ReturnDueAsync(partition, BatchSize, pauses.ParkedToReturn(BatchSize));
            if (due.ClockSetBack > TimeSpan.Zero && await events.RescoreAsync(partition, due.ClockSetBack) is { Ticks: > 0 } back)
            {
                Log.ClockSetBack(logger, partition.EventsName, back);
            }
        }
        while (due.Next == TimeSpan.Zero || (due.Parked > 0 && pauses.ParkedToReturn(BatchSize) == BatchSize));

        var suspects = new List<StreamEntry>();
        NextDue = due.Next;
        var cursor = s_start;
        do
        {
            var taken = await events.TakeOverAsync(partition, consumer, _abandonedAfter, cursor, BatchSize);
            cursor = taken.NextStartId;
            foreach (var (entry, isSuspect) in await RemovePoisonAsync(taken.ClaimedEntries))
            {
                if (isSuspect)
                {
                    suspects.Add(entry);
                }
                else
                {
                    yield return (entry, false);
                }
            }
        }
        while (cursor != s_start);

        if (suspects.Count > 0)
        {
            // One in each round: the others must not count as taken over while they wait. The release calls for the next round.
            await events.ReleaseAsync(partition, consumer, [.. suspects.Skip(1).Select(entry => entry.Id)], []);
            yield return (suspects[0], true);
        }

        await ForgetConsumersAsync();
    }

    /// <summary>Releases all entries to the other workers at once, and deletes this consumer when nothing is pending.</summary>
    public async Task ReleaseAsync(IReadOnlyList<InFlightEntry> inFlight)
    {
        if (inFlight.Count > 0)
        {
            await events.ReleaseAsync(
                partition, consumer, [.. inFlight.Select(entry => entry.Id)],
                [.. inFlight.Where(entry => entry.Claim is not null).Select(entry => entry.Claim!.Value)]);
            Log.Released(logger, inFlight.Count, partition.EventsName);
        }

        await events.ForgetConsumerAsync(partition, consumer);
    }

    /// <summary>
    /// An entry that ended its workers again and again goes to the dead letters. Each takeover counts as a delivery, unless the worker
    /// before handed the entry over in an orderly way.
    /// </summary>
    private async Task<IReadOnlyList<(StreamEntry Entry, bool IsSuspect)>> RemovePoisonAsync(StreamEntry[] taken)
    {
        if (taken.Length == 0)
        {
            return [];
        }

        var pending = await events.PendingAsync(partition, consumer, BatchSize, taken[0].Id, taken[^1].Id);
        var deliveries = pending.ToDictionary(message => message.MessageId, message => message.DeliveryCount);
        var sound = new List<(StreamEntry, bool)>(taken.Length);
        foreach (var entry in taken)
        {
            var crashes = deliveries.GetValueOrDefault(entry.Id) - 1;
            if (crashes < options.MaxCrashes)
            {
                sound.Add((entry, crashes >= SuspectAfter));
                continue;
            }

            await transitions.ScheduleRetryAsync(
                partition, entry.Id, ObjectOf(entry), fence: null, crashes, allowed: crashes, TimeSpan.Zero, $"It ended its worker {crashes} times.");
            Log.Poison(logger, ObjectOf(entry), entry.Id.ToString(), partition.EventsName, crashes);
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
        [LoggerMessage(11, LogLevel.Information, "Released {Count} entries of {Stream} to other workers.")]
        public static partial void Released(ILogger logger, int count, string stream);

        [LoggerMessage(13, LogLevel.Warning, "The clock of the Redis server with {Stream} was set back by {Back}; what was in flight goes on by the present time.")]
        public static partial void ClockSetBack(ILogger logger, string stream, TimeSpan back);

        [LoggerMessage(12, LogLevel.Error, "{ObjectId} (entry {EntryId} of {Stream}) went to the dead letters: it ended its worker {Crashes} times.")]
        public static partial void Poison(ILogger logger, string objectId, string entryId, string stream, int crashes);
    }
}
