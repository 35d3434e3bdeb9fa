using System.Buffers.Text;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Keeps the latest events of each stream in Redis, so that a client continues a broken stream at any instance
/// (<see href="https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery">resumability</see>). A stream keeps
/// its newest events for a quarter of an hour.
/// </summary>
/// <remarks>
/// A stream is <c>co:mcp:events:{session}:{stream}</c> with an entry for each message. An event's id is <c>{session}.{stream}.{entry}</c>, with the stream's
/// name in Base64Url. The first event of a stream has no message and is not stored. Redis is resolved when it is needed, because the SDK takes the
/// store when <c>/mcp</c> is mapped, before the configuration is validated.
/// </remarks>
internal sealed class EventStore(IServiceProvider services, TimeProvider time) : ISseEventStreamStore
{
    /// <summary>The number of events that a stream keeps. A waiting call reports its progress every ten seconds.</summary>
    public const int MaxEvents = 100;

    /// <summary>How long a stream is kept after its last event.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromMinutes(15);

    private const string Data = "data";
    private const string First = "0-0";
    private const int MaxId = 300;

    private static readonly JsonTypeInfo s_message = McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(500);

    private IDatabase Database => services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();

    /// <inheritdoc/>
    public ValueTask<ISseEventStreamWriter> CreateStreamAsync(SseEventStreamOptions options, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<ISseEventStreamWriter>(new Writer(Database, options));

    /// <inheritdoc/>
    public ValueTask<ISseEventStreamReader?> GetStreamReaderAsync(string lastEventId, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<ISseEventStreamReader?>(EventId.TryParse(lastEventId, out var id) ? new Reader(Database, time, id) : null);

    /// <summary>Adds a notification to a session's own stream.</summary>
    public async Task PublishAsync(string sessionId, JsonRpcMessage notification) => await new Writer(
        Database, new SseEventStreamOptions { SessionId = sessionId, StreamId = StreamableHttpServerTransport.UnsolicitedMessageStreamId })
        .WriteEventAsync(new SseItem<JsonRpcMessage?>(notification));

    /// <summary>The id of the newest event of a session's own stream.</summary>
    public async Task<string> FindNewestAsync(string sessionId)
    {
        var streamId = StreamableHttpServerTransport.UnsolicitedMessageStreamId;
        try
        {
            var newest = await Database.StreamRangeAsync(KeyOf(sessionId, streamId), count: 1, messageOrder: Order.Descending);
            return new EventId(sessionId, streamId, newest is [var last] ? last.Id.ToString() : First).ToString();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return new EventId(sessionId, streamId, First).ToString();
        }
    }

    private static RedisKey KeyOf(string sessionId, string streamId) => $"co:mcp:events:{sessionId}:{streamId}";

    /// <summary>The parts of an event's id.</summary>
    internal sealed record EventId(string SessionId, string StreamId, string Entry)
    {
        public static bool TryParse(string text, out EventId id)
        {
            id = null!;
            var parts = text.Length <= MaxId ? text.Split('.') : [];
            if (parts.Length != 3 || !Base64Url.IsValid(parts[1]) || parts[2].Split('-') is not [var milliseconds, var sequence]
                || !ulong.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                || !ulong.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return false;
            }

            id = new EventId(parts[0], Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])), parts[2]);
            return true;
        }

        public override string ToString() => $"{SessionId}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(StreamId))}.{Entry}";
    }

    private sealed class Writer(IDatabase redis, SseEventStreamOptions options) : ISseEventStreamWriter
    {
        // A message that is larger is sent but not kept.
        private const int MaxBytes = 64 * 1024;

        private readonly RedisKey _key = KeyOf(options.SessionId, options.StreamId);
        private readonly bool _isCall = options.StreamId != StreamableHttpServerTransport.UnsolicitedMessageStreamId;
        private int _events;

        public ValueTask SetModeAsync(SseEventStreamMode mode, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public async ValueTask<SseItem<JsonRpcMessage?>> WriteEventAsync(SseItem<JsonRpcMessage?> sseItem, CancellationToken cancellationToken = default)
        {
            if (sseItem.EventId is not null)
            {
                return sseItem;
            }

            try
            {
                return await AppendAsync(sseItem.Data) is { } entry
                    ? new SseItem<JsonRpcMessage?>(sseItem.Data, sseItem.EventType)
                    {
                        EventId = new EventId(options.SessionId, options.StreamId, entry).ToString(),
                        ReconnectionInterval = sseItem.ReconnectionInterval,
                    }
                    : sseItem;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // The client receives the event, but cannot continue after it.
                return sseItem;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async Task<string?> AppendAsync(JsonRpcMessage? message)
        {
            if (message is null)
            {
                return First;
            }

            var data = JsonSerializer.SerializeToUtf8Bytes(message, s_message);
            if (data.Length > MaxBytes)
            {
                return null;
            }

            if (_isCall)
            {
                // A call has one writer and does not wait for Redis.
                var entry = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _events)}-1");
                _ = redis.StreamAddAsync(_key, Data, data, entry, MaxEvents, useApproximateMaxLength: true, CommandFlags.FireAndForget);
                _ = redis.KeyExpireAsync(_key, Retention, CommandFlags.FireAndForget);
                return entry;
            }

            // Several processes may write the session's own stream.
            var added = await redis.StreamAddAsync(_key, Data, data, maxLength: MaxEvents, useApproximateMaxLength: true);
            await redis.KeyExpireAsync(_key, Retention);
            return added.ToString();
        }
    }

    private sealed class Reader(IDatabase redis, TimeProvider time, EventId after) : ISseEventStreamReader
    {
        public string SessionId => after.SessionId;

        public string StreamId => after.StreamId;

        public async IAsyncEnumerable<SseItem<JsonRpcMessage?>> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var (key, last) = (KeyOf(after.SessionId, after.StreamId), (RedisValue)after.Entry);
            while (true)
            {
                foreach (var entry in await ReadAsync(key, last))
                {
                    last = entry.Id;
                    var message = (JsonRpcMessage?)JsonSerializer.Deserialize((byte[])entry[Data]!, s_message);
                    yield return new SseItem<JsonRpcMessage?>(message) { EventId = (after with { Entry = last.ToString() }).ToString() };
                    if (message is JsonRpcResponse or JsonRpcError)
                    {
                        // The last message of a call.
                        yield break;
                    }
                }

                await Task.Delay(s_pollInterval, time, cancellationToken);
            }
        }

        private async Task<StreamEntry[]> ReadAsync(RedisKey key, RedisValue last)
        {
            try
            {
                return await redis.StreamReadAsync(key, last, count: MaxEvents);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return [];
            }
        }
    }
}
