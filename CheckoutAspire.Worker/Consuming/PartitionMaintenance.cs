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

    /// <summary>Entries in flight are kept after a third of a lease. Those of this worker that are idle for longer it has lost.</summary>
    private readonly TimeSpan _lostAfter = options.Lease / 2;

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
        for (var start = EventStream.TakeOverStart; start is not null;)
        {
            var taken = await events.TakeOverAsync(partition, consumer, options.Lease, _lostAfter, start, BatchSize);
            start = taken.Next;
            foreach (var (entry, crashes) in taken.Entries)
            {
                if (crashes >= options.MaxCrashes)
                {
                    await RemovePoisonAsync(entry, (int)crashes);
                }
                else if (crashes >= SuspectAfter)
                {
                    suspects.Add(entry);
                }
                else
                {
                    yield return (entry, false);
                }
            }
        }

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

    /// <summary>An entry that ended its workers again and again goes to the dead letters.</summary>
    private async Task RemovePoisonAsync(StreamEntry entry, int crashes)
    {
        await transitions.ScheduleRetryAsync(
            partition, entry.Id, ObjectOf(entry), fence: null, crashes, allowed: crashes, TimeSpan.Zero, $"It ended its worker {crashes} times.");
        Log.Poison(logger, ObjectOf(entry), entry.Id.ToString(), partition.EventsName, crashes);
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
