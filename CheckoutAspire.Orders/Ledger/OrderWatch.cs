using System.Threading.Channels;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>Waits for one order. A notification means that the order may have changed; read the order to learn how.</summary>
public sealed class OrderWatch : IDisposable
{
    private readonly OrderChanges _owner;

    // One read of the order shows all steps since the last read, however many there were.
    private readonly Channel<byte> _moved = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal OrderWatch(OrderChanges owner, string sessionId) => (_owner, SessionId) = (owner, sessionId);

    /// <summary>The session that is watched.</summary>
    public string SessionId { get; }

    /// <summary>Returns when the order may have changed since the last return, or since the watch began.</summary>
    public async Task NextAsync(CancellationToken cancellationToken) => await _moved.Reader.ReadAsync(cancellationToken);

    /// <summary>Like <see cref="NextAsync"/>, with a time limit.</summary>
    /// <returns>Whether the order may have changed.</returns>
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
