using System.Collections.Concurrent;
using System.Threading.Channels;
using CheckoutAspire.StripeSandbox.Objects;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>The connected <c>stripe listen</c> commands. As with Stripe, their events are neither stored nor retried.</summary>
internal sealed class CliListeners
{
    private const int KeptSessions = 1000;
    private const int Backlog = 10_000;

    private readonly ConcurrentQueue<string> _sessions = new();
    private readonly ConcurrentDictionary<CliListener, bool> _connected = new();

    public bool AnyConnected => !_connected.IsEmpty;

    /// <summary>Allows a session to connect. After a restart the CLI requests a new session.</summary>
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

    /// <summary>Never blocks: a CLI that does not read loses the oldest events.</summary>
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

/// <summary>A connected <c>stripe listen</c>.</summary>
internal sealed class CliListener(CliListeners owner, int backlog) : IDisposable
{
    private readonly Channel<SandboxEvent> _events = Channel.CreateBounded<SandboxEvent>(
        new BoundedChannelOptions(backlog) { FullMode = BoundedChannelFullMode.DropOldest });

    public IAsyncEnumerable<SandboxEvent> ReadAllAsync(CancellationToken cancellationToken) => _events.Reader.ReadAllAsync(cancellationToken);

    public void Write(SandboxEvent recorded) => _events.Writer.TryWrite(recorded);

    public void Dispose() => owner.Disconnect(this);
}
