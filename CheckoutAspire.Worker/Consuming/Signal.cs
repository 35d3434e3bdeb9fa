using System.Threading.Channels;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Wakes its one waiter, however often it is set.</summary>
internal sealed class Signal
{
    private readonly Channel<byte> _pending = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _pending.Writer.TryWrite(0);

    /// <summary>Waits for the next signal, at most for the given time. Returns at once when canceled.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await _pending.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The caller looks whether there is anything to do.
        }
    }
}
