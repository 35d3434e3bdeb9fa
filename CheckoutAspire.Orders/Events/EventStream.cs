using System.Collections.Concurrent;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Events;

/// <summary>The events streams: the receiver appends, and the worker's consumer group reads. <c>OrderTransitions</c> applies and acknowledges the entries.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class EventStream(IConnectionMultiplexer redis, WriteAcknowledgment? acknowledgment = null)
{
    /// <summary>The consumer group that fulfills.</summary>
    public const string Group = "fulfillment";

    /// <summary>The message that a worker publishes when it stops and releases its entries.</summary>
    public const string ReleasedMessage = "released";

    private static readonly LedgerScript s_beginGroup = new("begin_group");
    private static readonly LedgerScript s_returnDue = new("return_due");
    private static readonly LedgerScript s_settle = new("settle_entry");
    private static readonly LedgerScript s_release = new("release_entries");
    private static readonly LedgerScript s_forgetConsumer = new("forget_consumer");

    private readonly ConcurrentDictionary<int, StreamNotifier> _notifiers = new();

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
    public Task<StreamEntry[]> ReadNewAsync(LedgerPartition partition, string consumer, int count) =>
        redis.GetDatabase().StreamReadGroupAsync(partition.Events, Group, consumer, StreamPosition.NewMessages, count);

    /// <summary>Claims entries that their consumer has left idle, starting at a cursor.</summary>
    public Task<StreamAutoClaimResult> TakeOverAsync(
        LedgerPartition partition, string consumer, TimeSpan idle, RedisValue cursor, int count) =>
        redis.GetDatabase().StreamAutoClaimAsync(
            partition.Events, Group, consumer, (long)idle.TotalMilliseconds, cursor, count);

    /// <summary>How often each of a consumer's entries in a range was delivered.</summary>
    public Task<StreamPendingMessageInfo[]> PendingAsync(
        LedgerPartition partition, string consumer, int count, RedisValue from, RedisValue to) =>
        redis.GetDatabase().StreamPendingMessagesAsync(partition.Events, Group, count, consumer, from, to);

    /// <summary>Puts entries whose retry is due back into the stream.</summary>
    /// <returns>The time until the next entry is due; null if no entry waits.</returns>
    public async Task<TimeSpan?> ReturnDueAsync(LedgerPartition partition, int count)
    {
        var reply = (long[])(await s_returnDue.EvaluateAsync(
            redis.GetDatabase(), [partition.Retry, partition.Events], count, partition.SignalName))!;
        return reply[1] < 0 ? null : TimeSpan.FromMilliseconds(reply[1]);
    }

    /// <summary>Lets other workers take over entries and their claims at once.</summary>
    /// <param name="partition">The entries' partition.</param>
    /// <param name="consumer">The consumer that stops.</param>
    /// <param name="entries">The entries that it read and did not finish.</param>
    /// <param name="claims">The orders that it had claimed.</param>
    public Task ReleaseAsync(
        LedgerPartition partition, string consumer, IReadOnlyList<RedisValue> entries, IReadOnlyList<(string SessionId, long Fence)> claims) =>
        s_release.EvaluateAsync(
            redis.GetDatabase(),
            [partition.Events, .. claims.Select(claim => partition.Order(claim.SessionId))],
            [Group, consumer, partition.SignalName, entries.Count, .. entries, .. claims.Select(claim => (RedisValue)claim.Fence)]);

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
