using System.Collections.Concurrent;
using System.Threading.Channels;
using CheckoutAspire.StripeSandbox.Events;

namespace CheckoutAspire.StripeSandbox.StripeCli;

/// <summary>The <c>stripe listen</c> commands that are connected. What they get is neither kept nor tried again, as at Stripe.</summary>
internal sealed class CliListeners
{
    private const int KeptSessions = 1000;
    private const int Backlog = 10_000;

    private readonly ConcurrentQueue<string> _sessions = new();
    private readonly ConcurrentDictionary<CliListener, bool> _connected = new();

    public bool AnyConnected => !_connected.IsEmpty;

    /// <summary>Lets a session connect; after a restart the CLI asks for another.</summary>
    public void Authorize(string sessionId)
    {
        _sessions.Enqueue(sessionId);
        while (_sessions.Count > KeptSessions)
        {
            _sessions.TryDequeue(out _);
        }
    }

    public bool IsAuthorized(string sessionId) => _sessions.Contains(sessionId);

    public CliListener Connect()
    {
        var listener = new CliListener(this, Backlog);
        _connected[listener] = true;
        return listener;
    }

    /// <summary>Never waits: a CLI that does not read loses the oldest events.</summary>
    public void Announce(IReadOnlyList<SandboxEvent> events)
    {
        foreach (var (listener, _) in _connected)
        {
            foreach (var recorded in events)
            {
                listener.Write(recorded);
            }
        }
    }

    public void Disconnect(CliListener listener) => _connected.TryRemove(listener, out _);
}

/// <summary>One connected <c>stripe listen</c>.</summary>
internal sealed class CliListener(CliListeners owner, int backlog) : IDisposable
{
    private readonly Channel<SandboxEvent> _events = Channel.CreateBounded<SandboxEvent>(
        new BoundedChannelOptions(backlog) { FullMode = BoundedChannelFullMode.DropOldest });

    public IAsyncEnumerable<SandboxEvent> ReadAllAsync(CancellationToken cancellationToken) => _events.Reader.ReadAllAsync(cancellationToken);

    public void Write(SandboxEvent recorded) => _events.Writer.TryWrite(recorded);

    public void Dispose() => owner.Disconnect(this);
}
