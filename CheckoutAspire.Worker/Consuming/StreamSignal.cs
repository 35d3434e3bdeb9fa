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
    private int _announced;

    /// <summary>Set when a stopping worker has released entries; the consumer that takes them over clears it.</summary>
    public bool ReleaseAnnounced { get; set; }

    public async Task SubscribeAsync()
    {
        if (_messages is null)
        {
            _messages = await redis.GetSubscriber().SubscribeAsync(partition.Signal);
            _messages.OnMessage(message =>
            {
                ReleaseAnnounced |= message.Message == EventStream.ReleasedMessage;
                Volatile.Write(ref _announced, 1);
                _raised.Set();
            });
        }
    }

    /// <summary>Whether messages have arrived since the last call.</summary>
    public bool TakeAnnounced() => Interlocked.Exchange(ref _announced, 0) == 1;

    /// <summary>Ends a wait.</summary>
    public void Raise() => _raised.Set();

    public Task WaitAsync(TimeSpan atMost, CancellationToken stopping) => _raised.WaitAsync(atMost, stopping);

    public async ValueTask DisposeAsync()
    {
        if (_messages is not null)
        {
            await _messages.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }
}
