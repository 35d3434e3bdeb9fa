using System.Collections.Concurrent;
using System.Security.Claims;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// The sessions' own streams, which clients open with GET. The SDK serves only the first GET of a session in its process. That one is opened from inside, so
/// that the SDK stores the session's notifications, and every client reads <see cref="EventStore"/>: the newest GET ends the one before, and receives the
/// notifications of every instance.
/// </summary>
internal sealed class SessionStreams(
    EventStore store, CallerSessions sessions, SessionEndpoint endpoint, IEnumerable<ISessionListener> listeners)
{
    private const string LastEventId = "Last-Event-ID";

    // Clients of older revisions have no event ids.
    private const string FirstWithEventIds = "2025-11-25";

    private static readonly TimeSpan s_takeover = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, OpenStream> _open = new(StringComparer.Ordinal);

    /// <summary>Ends the session's earlier stream, and prepares the request so that the SDK serves it.</summary>
    /// <param name="context">The GET.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="ending">Ends this stream.</param>
    /// <returns>Is disposed when this stream has ended.</returns>
    public async Task<OpenStream> OpenAsync(HttpContext context, string sessionId, CancellationTokenSource ending)
    {
        var last = context.Request.Headers[LastEventId].ToString();
        var isCall = EventStore.EventId.TryParse(last, out var id) && id.StreamId != StreamableHttpServerTransport.UnsolicitedMessageStreamId;
        var stream = new OpenStream(this, isCall ? $"{sessionId} {id.StreamId}" : sessionId, ending);
        if (sessionId.Length == 0 || !sessions.IsOwn(sessionId, context.User, out var isKnown))
        {
            return stream;
        }

        OpenStream? previous = null;
        _open.AddOrUpdate(stream.Name, stream, (_, other) =>
        {
            previous = other;
            return stream;
        });
        if (previous is not null)
        {
            await previous.EndAsync(s_takeover);
        }

        if (isCall)
        {
            // The SDK reads the rest of a call's stream from the store.
            return stream;
        }

        var revision = context.Request.Headers["MCP-Protocol-Version"].ToString();
        if (string.CompareOrdinal(revision, FirstWithEventIds) < 0)
        {
            if (isKnown && !sessions.TryMarkStream(sessionId))
            {
                // This process forgets the session and restores it from Redis.
                await endpoint.SendAsync(HttpMethods.Delete, sessionId, context.User);
            }

            context.Request.Headers.Remove(LastEventId);
            return stream;
        }

        if (!isKnown || sessions.TryMarkStream(sessionId))
        {
            await BeginAsync(context, sessionId, revision);
            sessions.TryMarkStream(sessionId);
        }

        stream.FirstEventId = last.Length > 0 ? last : await store.FindNewestAsync(sessionId);
        context.Request.Headers[LastEventId] = stream.FirstEventId;
        foreach (var listener in listeners)
        {
            await listener.OpenedAsync(sessionId, context.User);
        }

        return stream;
    }

    /// <summary>Opens the SDK's own stream until it has written its first event, after which the SDK stores every notification.</summary>
    private async Task BeginAsync(HttpContext context, string sessionId, string revision)
    {
        using var begun = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await endpoint.SendAsync(HttpMethods.Get, sessionId, context.User, new FirstWrite(begun), revision, begun.Token);
    }

    /// <summary>A stream that a client has opened.</summary>
    internal sealed class OpenStream(SessionStreams streams, string name, CancellationTokenSource ending) : IDisposable
    {
        /// <summary>The session, and the call if it is a call's stream.</summary>
        public string Name { get; } = name;

        /// <summary>The id after which the stream continues, or null for a stream without ids.</summary>
        public string? FirstEventId { get; set; }

        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task EndAsync(TimeSpan timeout)
        {
            try
            {
                await ending.CancelAsync();
                await _ended.Task.WaitAsync(timeout);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or TimeoutException)
            {
                // It has ended, or its client does not read.
            }
        }

        public void Dispose()
        {
            streams._open.TryRemove(new KeyValuePair<string, OpenStream>(Name, this));
            _ended.TrySetResult();
        }
    }

    /// <summary>Discards what is written, and cancels at the first event.</summary>
    private sealed class FirstWrite(CancellationTokenSource begun) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await begun.CancelAsync();

        public override Task FlushAsync(CancellationToken cancellationToken) => begun.CancelAsync();
    }
}

/// <summary>Is notified when a client opens its session's own stream.</summary>
internal interface ISessionListener
{
    /// <summary>A client has opened the stream at this instance.</summary>
    Task OpenedAsync(string sessionId, ClaimsPrincipal user);
}
