using System.Threading.Channels;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>One waiter for one order. Says that it may have moved, never how: read it.</summary>
public sealed class OrderWatch : IDisposable
{
    private readonly OrderChanges _owner;

    // However many steps there were since the last look, one look sees them all.
    private readonly Channel<byte> _moved = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal OrderWatch(OrderChanges owner, string sessionId) => (_owner, SessionId) = (owner, sessionId);

    /// <summary>The session that is watched.</summary>
    public string SessionId { get; }

    /// <summary>Returns when the order has moved since the last return, or since the watch began; now and then when it has not.</summary>
    public async Task NextAsync(CancellationToken cancellationToken) => await _moved.Reader.ReadAsync(cancellationToken);

    /// <summary>As <see cref="NextAsync"/>, but waits at most for the time given.</summary>
    /// <returns>Whether the order may have moved.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await NextAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose() => _owner.End(this);

    internal void Tell() => _moved.Writer.TryWrite(0);
}
