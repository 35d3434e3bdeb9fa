using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>The events streams: the receiver appends, the worker's consumer group reads, gives up, and settles by its transitions.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class EventStream(IConnectionMultiplexer redis)
{
    /// <summary>The consumer group that fulfills.</summary>
    public const string Group = "fulfillment";

    private static readonly LedgerScript s_ingest = new("ingest_event");
    private static readonly LedgerScript s_bury = new("bury_entry");

    /// <summary>Makes a verified event durable and rings the doorbell: when this returns, the event may be answered 200.</summary>
    /// <returns>The entry's id.</returns>
    public async Task<string> AppendAsync(LedgerPartition partition, EventEntry entry) =>
        (string)(await s_ingest.EvaluateAsync(
            redis.GetDatabase(),
            [partition.Events],
            (RedisValue)(string)partition.Doorbell!,
            EventEntry.IdField, entry.Id,
            EventEntry.TypeField, entry.Type,
            EventEntry.ObjectField, entry.ObjectId,
            EventEntry.LivemodeField, entry.Livemode,
            EventEntry.TraceparentField, entry.Traceparent,
            EventEntry.ReceivedAtField, entry.ReceivedAt.ToUnixTimeMilliseconds(),
            EventEntry.BodyField, entry.Body))!;

    /// <summary>Keeps verified bytes that are no event, for a person to look at.</summary>
    public Task BuryAsync(LedgerPartition partition, RedisValue body, DateTimeOffset receivedAt, string reason) =>
        redis.GetDatabase().StreamAddAsync(
            partition.Dead,
            [
                new(EventEntry.ReceivedAtField, receivedAt.ToUnixTimeMilliseconds()),
                new(EventEntry.BodyField, body),
                new("reason", reason),
                new("attempts", 0),
            ]);

    /// <summary>Makes the group, reading from the stream's first entry; does nothing when it stands.</summary>
    public async Task EnsureGroupAsync(LedgerPartition partition)
    {
        try
        {
            // From 0, never from $: what arrived before the group did is owed as well.
            await redis.GetDatabase().StreamCreateConsumerGroupAsync(partition.Events, Group, StreamPosition.Beginning, createStream: true);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // Another worker made it.
        }
    }

    /// <summary>Takes entries that no consumer has had.</summary>
    public Task<StreamEntry[]> ReadNewAsync(LedgerPartition partition, string consumer, int count) =>
        redis.GetDatabase().StreamReadGroupAsync(partition.Events, Group, consumer, StreamPosition.NewMessages, count);

    /// <summary>Takes over entries that their consumer left idle, from a cursor on.</summary>
    public Task<StreamAutoClaimResult> TakeOverAsync(
        LedgerPartition partition, string consumer, TimeSpan idle, RedisValue cursor, int count) =>
        redis.GetDatabase().StreamAutoClaimAsync(
            partition.Events, Group, consumer, (long)idle.TotalMilliseconds, cursor, count);

    /// <summary>Gives an entry up: to the dead letters, with the reason.</summary>
    public Task BuryAsync(LedgerPartition partition, RedisValue entryId, string reason, int attempts) =>
        s_bury.EvaluateAsync(redis.GetDatabase(), [partition.Events, partition.Dead], Group, entryId, reason, attempts);
}
