using System.Security.Claims;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Limits the sessions of each principal (revisions up to 2025-11-25). A principal that starts too many loses the one that it has not used for the
/// longest time.
/// </summary>
internal sealed partial class CallerSessions(SessionEndpoint endpoint, TimeProvider time, ILogger<CallerSessions> logger)
{
    /// <summary>The number of sessions that one principal can have in each instance.</summary>
    public const int MaxPerCaller = 200;

    /// <summary>The header of a session's requests.</summary>
    public const string Header = "Mcp-Session-Id";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<Session>> _byCaller = new(StringComparer.Ordinal);

    /// <summary>The number of sessions of all principals.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>Adds a session, and ends another one of its principal if there are too many.</summary>
    /// <returns>Removes the session when it is disposed.</returns>
    public IDisposable Add(string sessionId, ClaimsPrincipal user)
    {
        var session = new Session(this, sessionId, user) { UsedAt = time.GetTimestamp() };
        Session? unused = null;
        lock (_lock)
        {
            if (!_byCaller.TryGetValue(session.Owner, out var own))
            {
                _byCaller[session.Owner] = own = [];
            }

            own.Add(session);
            _sessions[sessionId] = session;
            if (own.Count > MaxPerCaller)
            {
                unused = own.MinBy(other => other.UsedAt)!;
                Remove(unused);
            }
        }

        if (unused is not null)
        {
            _ = EndAsync(unused);
        }

        return session;
    }

    /// <summary>Records that a session is in use.</summary>
    public void Touch(string sessionId)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(sessionId, out var session))
            {
                session.UsedAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>Whether a session is the caller's, or unknown to this process.</summary>
    public bool IsOwn(string sessionId, ClaimsPrincipal user, out bool isKnown)
    {
        lock (_lock)
        {
            isKnown = _sessions.TryGetValue(sessionId, out var session);
            return !isKnown || session!.Owner == Caller.Of(user).Id;
        }
    }

    /// <summary>Whether the SDK sends this session's notifications.</summary>
    public bool HasStream(string sessionId)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(sessionId, out var session) && session.HasStream;
        }
    }

    /// <summary>Records that the session's own stream was opened in this process.</summary>
    /// <returns>False if it was opened before, or the session is unknown.</returns>
    public bool TryMarkStream(string sessionId)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(sessionId, out var session) && !session.HasStream && (session.HasStream = true);
        }
    }

    private void Remove(Session session)
    {
        lock (_lock)
        {
            if (_byCaller.TryGetValue(session.Owner, out var own) && own.Remove(session))
            {
                _sessions.Remove(session.Id);
                if (own.Count == 0)
                {
                    _byCaller.Remove(session.Owner);
                }
            }
        }
    }

    private async Task EndAsync(Session session)
    {
        try
        {
            await endpoint.SendAsync(HttpMethods.Delete, session.Id, session.User);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
        {
            // The session or the server ends at the same time.
        }
        catch (Exception exception)
        {
            Log.NotEnded(logger, exception);
        }
    }

    private sealed class Session(CallerSessions sessions, string id, ClaimsPrincipal user) : IDisposable
    {
        public string Id { get; } = id;

        public ClaimsPrincipal User { get; } = user;

        public string Owner { get; } = Caller.Of(user).Id;

        public long UsedAt { get; set; }

        public bool HasStream { get; set; }

        public void Dispose() => sessions.Remove(this);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A session above the principal's limit could not be ended.")]
        public static partial void NotEnded(ILogger logger, Exception exception);
    }
}
