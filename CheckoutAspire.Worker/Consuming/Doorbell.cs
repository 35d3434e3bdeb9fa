using CheckoutAspire.Orders;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Says that a partition's stream may have grown. StackExchange.Redis has no blocking read, for it would block every caller of the
/// connection; a published message takes its place, and a poll makes up for one that was lost.
/// </summary>
internal sealed class Doorbell(IConnectionMultiplexer redis, LedgerPartition partition) : IAsyncDisposable
{
    private readonly Signal _rung = new();
    private ChannelMessageQueue? _messages;

    /// <summary>Set when a worker that stops has handed entries over; whoever acts on it clears it.</summary>
    public bool HandoverAnnounced { get; set; }

    public async Task ListenAsync()
    {
        if (_messages is null)
        {
            _messages = await redis.GetSubscriber().SubscribeAsync(partition.Doorbell);
            _messages.OnMessage(message =>
            {
                HandoverAnnounced |= message.Message == EventStream.HandoverMessage;
                _rung.Set();
            });
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken stopping) => _rung.WaitAsync(atMost, stopping);

    public async ValueTask DisposeAsync()
    {
        if (_messages is not null)
        {
            await _messages.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }
}
