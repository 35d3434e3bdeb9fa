using System.Collections.Concurrent;
using System.Globalization;
using CheckoutAspire.Orders.Partitions;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Events;

/// <summary>The events streams: the receiver appends, and the worker's consumer group reads. <c>OrderTransitions</c> applies and acknowledges the entries.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
/// <param name="redis">The connection.</param>
/// <param name="acknowledgment">Waits for replicas or the disk, if that is configured.</param>
/// <param name="readers">
/// Connections of their own for reading new entries, or none. The reply to a read of 32 events is about 100 KB, and on a shared connection the replies of the scripts wait behind it.
/// </param>
/// <param name="reports">Receives that a clock was set back, for operators, or null.</param>
/// <param name="time">The time of that report.</param>
public sealed class EventStream(
    IConnectionMultiplexer redis,
    WriteAcknowledgment? acknowledgment = null,
    [FromKeyedServices(EventStream.ReaderConnection)] IEnumerable<IConnectionMultiplexer>? readers = null,
    ServiceReports? reports = null,
    TimeProvider? time = null)
{
    /// <summary>The key under which a service may register the connections for reading. It is also the connection string's name.</summary>
    public const string ReaderConnection = "redis";

    /// <summary>The consumer group that fulfills.</summary>
    public const string Group = "fulfillment";

    /// <summary>The message that a worker publishes when it stops and releases its entries.</summary>
    public const string ReleasedMessage = "released";

    /// <summary>Where <see cref="TakeOverAsync"/> begins.</summary>
    public const string TakeOverStart = "-";

    private static readonly LedgerScript s_beginGroup = new("begin_group");
    private static readonly LedgerScript s_returnDue = new("return_due");
    private static readonly LedgerScript s_takeOver = new("take_over");
    private static readonly LedgerScript s_settle = new("settle_entry");
    private static readonly LedgerScript s_release = new("release_entries");
    private static readonly LedgerScript s_rescore = new("rescore");
    private static readonly LedgerScript s_shiftLease = new("shift_lease");
    private static readonly LedgerScript s_beat = new("beat");
    private static readonly RedisKey s_workers = "co:ledger:workers";
    private static readonly LedgerScript s_keep = new("keep_entries");
    private static readonly LedgerScript s_forgetConsumer = new("forget_consumer");

    private readonly ConcurrentDictionary<int, StreamNotifier> _notifiers = new();
    private readonly IConnectionMultiplexer[] _readers = readers?.ToArray() is { Length: > 0 } own ? own : [redis];

    /// <summary>A name for a worker in the consumer group, which no other process has: <c>web1-0f3c…-lease30000</c>. Other workers read the lease in it.</summary>
    public static string NewConsumer(TimeSpan lease) =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Guid.NewGuid():N}-lease{(long)lease.TotalMilliseconds}");

    /// <summary>Makes a verified event durable and notifies the workers: when this returns, the event may be answered 200.</summary>
    /// <remarks>A plain XADD: through a script Redis would copy the body twice more. The notification follows on the same connection.</remarks>
    /// <returns>The entry's id.</returns>
    public Task<RedisValue> AppendAsync(LedgerPartition partition, EventEntry entry)
    {
        var appended = redis.GetDatabase().StreamAddAsync(partition.Events, entry.ToPairs());
        _notifiers.GetOrAdd(partition.Number, static (_, of) => new StreamNotifier(of.redis, of.Signal), (redis, partition.Signal)).Notify();
        return acknowledgment is { IsEnabled: true } ? WhenAcknowledgedAsync(partition, appended) : appended;
    }

    private async Task<RedisValue> WhenAcknowledgedAsync(LedgerPartition partition, Task<RedisValue> appended)
    {
        var id = await appended;
        await acknowledgment!.WaitAsync(partition);
        return id;
    }

    /// <summary>Dead-letters verified bytes that are not an event, so that an operator can look at them.</summary>
    public Task DeadLetterAsync(LedgerPartition partition, RedisValue body, DateTimeOffset receivedAt, string reason) =>
        redis.GetDatabase().StreamAddAsync(
            partition.Dead,
            [
                new(EventEntry.ReceivedAtField, receivedAt.ToUnixTimeMilliseconds()),
                new(EventEntry.BodyField, body),
                new("reason", reason),
                new(EventEntry.AttemptsField, 0),
            ]);

    /// <summary>Creates the group so that it reads from the stream's first entry. Does nothing if the group exists.</summary>
    public Task EnsureGroupAsync(LedgerPartition partition) =>
        s_beginGroup.EvaluateAsync(redis.GetDatabase(), [partition.Events], Group);

    /// <summary>Reads entries that have not been delivered to a consumer.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="consumer">The caller.</param>
    /// <param name="count">The most entries.</param>
    /// <param name="read">The number of this read among the caller's simultaneous ones, from 0: each has a connection of its own, as far as there are enough.</param>
    public Task<StreamEntry[]> ReadNewAsync(LedgerPartition partition, string consumer, int count, int read = 0) =>
        _readers[read % _readers.Length].GetDatabase().StreamReadGroupAsync(partition.Events, Group, consumer, StreamPosition.NewMessages, count);

    /// <summary>Takes over entries that another worker has left idle for its lease, and those of the caller that it has lost.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="consumer">The caller.</param>
    /// <param name="lease">The caller's lease; of two workers with different ones the longer one counts.</param>
    /// <param name="lostAfter">The idle time after which an entry of the caller's own is lost. The caller keeps those that it processes.</param>
    /// <param name="start">Where to begin: <see cref="TakeOverStart"/>, or the <see cref="AbandonedEntries.Next"/> of the call before.</param>
    /// <param name="count">The most entries that are looked at.</param>
    public async Task<AbandonedEntries> TakeOverAsync(
        LedgerPartition partition, string consumer, TimeSpan lease, TimeSpan lostAfter, string start, int count)
    {
        var reply = (RedisResult[])(await s_takeOver.EvaluateAsync(
            redis.GetDatabase(),
            [partition.Events],
            Group, consumer, (long)lease.TotalMilliseconds, (long)lostAfter.TotalMilliseconds, start, count))!;
        return new AbandonedEntries([.. reply.Skip(1).Select(AbandonedEntry.Read)], reply[0].ToString() is { Length: > 0 } next ? next : null);
    }

    /// <summary>Puts entries whose retry is due back into the stream.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="count">The most that are put back.</param>
    /// <param name="parked">How many parked entries are put back in addition: those that wait for a paused handler.</param>
    public async Task<ReturnedEntries> ReturnDueAsync(LedgerPartition partition, int count, int parked = 0)
    {
        var reply = (long[])(await s_returnDue.EvaluateAsync(
            redis.GetDatabase(), [partition.Retry, partition.Events, partition.Clock], count, partition.SignalName, parked))!;
        return new ReturnedEntries(
            reply[0], reply[1] < 0 ? null : TimeSpan.FromMilliseconds(reply[1]), reply[2], TimeSpan.FromMilliseconds(reply[3]));
    }

    /// <summary>
    /// The clock of a partition's server was set back: without this, claims, retries, witnesses and what a dead worker left would wait until it has
    /// caught up. Leases come first: an entry that returns before its lease has ended would count as a copy.
    /// </summary>
    /// <returns>By how much it was set back; zero when another worker was faster.</returns>
    public async Task<TimeSpan> RescoreAsync(LedgerPartition partition, TimeSpan back)
    {
        var database = redis.GetDatabase();
        await foreach (var owed in database.SortedSetScanAsync(partition.Owed))
        {
            await s_shiftLease.EvaluateAsync(database, [partition.Order(owed.Element.ToString())], (long)back.TotalMilliseconds);
        }

        var rescored = TimeSpan.FromMilliseconds((long)await s_rescore.EvaluateAsync(
            database, [partition.Clock, partition.Retry, partition.Events, partition.Outbox, partition.Notices], Group));
        if (rescored > TimeSpan.Zero && reports is not null)
        {
            await reports.SetClockSetBackAsync(rescored, (time ?? TimeProvider.System).GetUtcNow());
        }

        return rescored;
    }

    /// <summary>Reports that a worker is alive.</summary>
    /// <param name="consumer">The worker.</param>
    /// <param name="deadAfter">How long after its last report a worker has died.</param>
    /// <returns>The workers that have died lately.</returns>
    public async Task<IReadOnlyList<string>> BeatAsync(string consumer, TimeSpan deadAfter) => (string[])(await s_beat.EvaluateAsync(
        redis.GetDatabase(), [s_workers], consumer, (long)deadAfter.TotalMilliseconds, (long)(10 * deadAfter).TotalMilliseconds))!;

    /// <summary>A worker stops in an orderly way: it has not died.</summary>
    public Task LeaveAsync(string consumer) => redis.GetDatabase().SortedSetRemoveAsync(s_workers, consumer);

    /// <summary>Lets other workers take entries over at once, and the claims with them.</summary>
    /// <param name="partition">The entries' partition.</param>
    /// <param name="consumer">The consumer that stops.</param>
    /// <param name="entries">The entries that it read and did not finish.</param>
    /// <param name="claims">The orders that it had claimed.</param>
    public Task ReleaseAsync(
        LedgerPartition partition, string consumer, IReadOnlyList<RedisValue> entries, IReadOnlyList<(string SessionId, long Fence)> claims) =>
        s_release.EvaluateAsync(
            redis.GetDatabase(),
            [partition.Events, .. claims.Select(claim => partition.Order(claim.SessionId))],
            [Group, consumer, partition.ReleasedName, partition.SignalName, entries.Count, .. entries, .. claims.Select(claim => (RedisValue)claim.Fence)]);

    /// <summary>Keeps entries that a consumer still processes from being taken over.</summary>
    public Task KeepAsync(LedgerPartition partition, string consumer, IReadOnlyList<RedisValue> entries) =>
        s_keep.EvaluateAsync(redis.GetDatabase(), [partition.Events], [Group, consumer, .. entries]);

    /// <summary>Acknowledges an entry that does not concern this ledger.</summary>
    public Task AcknowledgeAsync(LedgerPartition partition, RedisValue entryId) =>
        s_settle.EvaluateAsync(redis.GetDatabase(), [partition.Events], Group, entryId);

    /// <summary>The group's consumers.</summary>
    public Task<StreamConsumerInfo[]> ConsumersAsync(LedgerPartition partition) =>
        redis.GetDatabase().StreamConsumerInfoAsync(partition.Events, Group);

    /// <summary>Deletes a consumer unless it has pending entries, which would be lost.</summary>
    public async Task<bool> ForgetConsumerAsync(LedgerPartition partition, string consumer) =>
        (bool)await s_forgetConsumer.EvaluateAsync(redis.GetDatabase(), [partition.Events], Group, consumer);
}
