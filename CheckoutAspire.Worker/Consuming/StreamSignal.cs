using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Signals that a partition's stream may have grown. StackExchange.Redis has no blocking read, because one would block every user of
/// the connection. A published message takes its place, and a poll makes up for a lost message.
/// </summary>
internal sealed class StreamSignal(IConnectionMultiplexer redis, LedgerPartition partition) : IAsyncDisposable
{
    private readonly Signal _raised = new();
    private ChannelMessageQueue? _messages;
    private ChannelMessageQueue? _releases;
    private int _announced;

    /// <summary>Set when a stopping worker has released entries; the consumer that takes them over clears it.</summary>
    public bool ReleaseAnnounced { get; set; }

    /// <summary>How many messages have arrived since <see cref="TakeAnnounced"/>.</summary>
    public int Announced => Volatile.Read(ref _announced);

    /// <summary>Subscribes to the partition's channels, unless it has. The stream may have grown before: read it afterwards.</summary>
    public async Task SubscribeAsync()
    {
        _releases ??= await SubscribeAsync(partition.Released);
        _messages ??= await SubscribeAsync(partition.Signal);
    }

    /// <summary>Leaves the channel that reports entries until the next <see cref="SubscribeAsync()"/>. Releases are still announced.</summary>
    public async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _messages, null) is { } messages)
        {
            await messages.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }

    /// <summary>Returns how many messages have arrived since the last call.</summary>
    public int TakeAnnounced() => Interlocked.Exchange(ref _announced, 0);

    /// <summary>Ends a wait.</summary>
    public void Raise() => _raised.Set();

    public Task WaitAsync(TimeSpan atMost, CancellationToken stopping) => _raised.WaitAsync(atMost, stopping);

    /// <summary>Waits by the given clock. A wait that ends by its time costs no exception.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken stopping)
    {
        await using var timer = time.CreateTimer(static signal => ((Signal)signal!).Set(), _raised, atMost, Timeout.InfiniteTimeSpan);
        await _raised.WaitAsync(Timeout.InfiniteTimeSpan, stopping);
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        if (_releases is not null)
        {
            await _releases.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }

    private async Task<ChannelMessageQueue> SubscribeAsync(RedisChannel channel)
    {
        var messages = await redis.GetSubscriber().SubscribeAsync(channel);
        messages.OnMessage(message =>
        {
            // Workers of earlier versions announce releases on the other channel only.
            if (message.Message == EventStream.ReleasedMessage)
            {
                ReleaseAnnounced = true;
            }

            Interlocked.Increment(ref _announced);
            _raised.Set();
        });
        return messages;
    }
}
