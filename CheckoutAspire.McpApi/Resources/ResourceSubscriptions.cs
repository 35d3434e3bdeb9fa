using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Access;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>
/// The subscriptions to resources. In revision 2025-11-25 a client subscribes with <c>resources/subscribe</c> and is notified on its session's own
/// stream. In 2026-07-28 it sends <c>subscriptions/listen</c> and is notified in the response.
/// </summary>
internal sealed partial class ResourceSubscriptions(
    IEnumerable<IResourceFeed> feeds, CallerSessions callers, SessionStore store, EventStore events,
    IHostApplicationLifetime lifetime, ILogger<ResourceSubscriptions> logger) : ISessionListener
{
    /// <summary>Limits the watches that one client can create.</summary>
    public const int MaxPerClient = 100;

    private readonly ConcurrentDictionary<string, SubscribedSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>The number of sessions that can have subscriptions.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>Runs a session and ends its subscriptions when it ends.</summary>
    public async Task RunSessionAsync(McpServer server, ClaimsPrincipal user, bool isRestored, CancellationToken closed)
    {
        if (server.SessionId is not { Length: > 0 } sessionId)
        {
            await server.RunAsync(closed);
            return;
        }

        using var counted = callers.Add(sessionId, user);
        using var session = new SubscribedSession((notification, cancellationToken) => callers.HasStream(sessionId)
            ? server.SendMessageAsync(notification, cancellationToken)
            : events.PublishAsync(sessionId, notification));
        _sessions[sessionId] = session;
        try
        {
            await Task.WhenAll(server.RunAsync(closed), isRestored ? OpenedAsync(sessionId, user) : Task.CompletedTask);
        }
        finally
        {
            _sessions.TryRemove(sessionId, out _);
        }
    }

    /// <summary>Handles <c>resources/subscribe</c>.</summary>
    public async ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        var uri = request.Params.Uri;
        var watch = await WatchAsync(uri, request.User, request.Server.NegotiatedProtocolVersion, cancellationToken);
        if (!SessionOf(request.Server).TryAdd(uri, watch, Forward))
        {
            watch.Dispose();
            throw new McpProtocolException($"A session can subscribe to at most {MaxPerClient} resources.", McpErrorCode.InvalidRequest);
        }

        await store.AddSubscriptionAsync(request.Server.SessionId!, uri);
        return new EmptyResult();
    }

    /// <summary>Handles <c>resources/unsubscribe</c>.</summary>
    public async ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> request)
    {
        SessionOf(request.Server).Remove(request.Params.Uri);
        await store.RemoveSubscriptionAsync(request.Server.SessionId!, request.Params.Uri);
        return new EmptyResult();
    }

    /// <summary>Subscribes to what the session has subscribed to at other instances.</summary>
    public async Task OpenedAsync(string sessionId, ClaimsPrincipal user)
    {
        foreach (var uri in await store.SubscriptionsAsync(sessionId))
        {
            if (_sessions.GetValueOrDefault(sessionId)?.Contains(uri) is not false)
            {
                continue;
            }

            try
            {
                var watch = await WatchAsync(uri, user, revision: null, CancellationToken.None);
                if (_sessions.GetValueOrDefault(sessionId)?.TryAdd(uri, watch, Forward) is not true)
                {
                    watch.Dispose();
                }
            }
            catch (McpProtocolException)
            {
                // The checkout is no longer in the ledger, or the ledger is unreachable.
            }
        }
    }

    /// <summary>Handles <c>subscriptions/listen</c>: acknowledges the subscriptions, and sends notifications until the client disconnects.</summary>
    public async ValueTask<EmptyResult> ListenAsync(
        RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var watches = new Dictionary<string, IResourceWatch>(StringComparer.Ordinal);
        try
        {
            foreach (var uri in (request.Params.Notifications.ResourceSubscriptions ?? []).Distinct(StringComparer.Ordinal).Take(MaxPerClient))
            {
                if (await TryWatchAsync(uri, request, cancellationToken) is { } watch)
                {
                    watches.Add(uri, watch);
                }
            }

            await AcknowledgeAsync(request, watches.Keys, cancellationToken);
            await Task.WhenAll(watches
                .Select(watch => Forward(watch.Value, watch.Key, parameters => NotifyAsync(request, NotificationMethods.ResourceUpdatedNotification, parameters, ending.Token), ending.Token))
                .Append(Task.Delay(Timeout.Infinite, ending.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The server shuts down.
        }
        finally
        {
            foreach (var watch in watches.Values)
            {
                watch.Dispose();
            }
        }

        return new EmptyResult();
    }

    private SubscribedSession SessionOf(McpServer server) => _sessions.GetValueOrDefault(server.SessionId ?? "")
        ?? throw new McpProtocolException("Only a session can subscribe.", McpErrorCode.InvalidRequest);

    private async Task<IResourceWatch> WatchAsync(
        string uri, ClaimsPrincipal? user, string? revision, CancellationToken cancellationToken)
    {
        var feed = feeds.FirstOrDefault(feed => feed.Covers(uri)) ?? throw ResourceErrors.NotFound(revision);
        try
        {
            return await feed.WatchAsync(uri, Caller.Of(user), cancellationToken);
        }
        catch (Exception exception) when (ResourceErrors.Explain(exception, revision) is { } error)
        {
            throw error;
        }
    }

    // The acknowledgement leaves out resources that cannot be watched.
    private async Task<IResourceWatch?> TryWatchAsync(
        string uri, RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        try
        {
            return await WatchAsync(uri, request.User, request.Server.NegotiatedProtocolVersion, cancellationToken);
        }
        catch (McpProtocolException error)
        {
            Log.NotWatched(logger, error.ErrorCode);
            return null;
        }
    }

    // The lists of tools, prompts and resources never change while the server runs, so these subscriptions can be granted.
    private static Task AcknowledgeAsync(
        RequestContext<SubscriptionsListenRequestParams> request, IEnumerable<string> uris, CancellationToken cancellationToken)
    {
        var wanted = request.Params.Notifications;
        var granted = new JsonObject();
        if (wanted.ToolsListChanged is true)
        {
            granted["toolsListChanged"] = true;
        }

        if (wanted.ResourcesListChanged is true)
        {
            granted["resourcesListChanged"] = true;
        }

        if (uris.Any())
        {
            granted["resourceSubscriptions"] = new JsonArray([.. uris.Select(uri => JsonValue.Create(uri))]);
        }

        return NotifyAsync(
            request,
            NotificationMethods.SubscriptionsAcknowledgedNotification,
            new JsonObject { ["notifications"] = granted },
            cancellationToken);
    }

    private static Task NotifyAsync(
        RequestContext<SubscriptionsListenRequestParams> request, string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        // Several subscriptions may share a channel, so each notification names its own: https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/subscriptions
        parameters["_meta"] = new JsonObject
        {
            [MetaKeys.SubscriptionId] = JsonSerializer.SerializeToNode(request.JsonRpcRequest.Id, McpJsonUtilities.DefaultOptions),
        };
        return request.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, cancellationToken);
    }

    private static async Task Forward(IResourceWatch watch, string uri, Func<JsonObject, Task> notify, CancellationToken ended)
    {
        while (true)
        {
            await watch.NextAsync(ended);
            await notify(new JsonObject { ["uri"] = uri });
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "A subscription was not granted ({Code}).")]
        public static partial void NotWatched(ILogger logger, McpErrorCode code);
    }
}
