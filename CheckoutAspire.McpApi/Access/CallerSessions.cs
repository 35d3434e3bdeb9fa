using System.Security.Claims;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Limits the sessions of each principal (revisions up to 2025-11-25). A principal that starts too many loses the one that it has not used for the
/// longest time.
/// </summary>
internal sealed partial class CallerSessions(
    EndpointDataSource endpoints, IServiceScopeFactory scopes, TimeProvider time, ILogger<CallerSessions> logger)
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

    /// <summary>Ends a session as its client would: the SDK's manager of sessions is internal, and its DELETE endpoint is the only way to it.</summary>
    private async Task EndAsync(Session session)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider, User = session.User };
            context.Request.Method = HttpMethods.Delete;
            context.Request.Headers[Header] = session.Id;
            await endpoints.Endpoints.OfType<RouteEndpoint>().Single(IsDelete).RequestDelegate!(context);
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

    private static bool IsDelete(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.RawText?.TrimEnd('/') == McpEndpoints.Mcp
        && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Delete) is true;

    private sealed class Session(CallerSessions sessions, string id, ClaimsPrincipal user) : IDisposable
    {
        public string Id { get; } = id;

        public ClaimsPrincipal User { get; } = user;

        public string Owner { get; } = Caller.Of(user).Id;

        public long UsedAt { get; set; }

        public void Dispose() => sessions.Remove(this);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A session above the principal's limit could not be ended.")]
        public static partial void NotEnded(ILogger logger, Exception exception);
    }
}
