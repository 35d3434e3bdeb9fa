using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Access;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>
/// Who is told of which resource's changes. In revision 2025-11-25 a client subscribes with <c>resources/subscribe</c> and is told on its
/// session's own stream; in 2026-07-28 it listens with <c>subscriptions/listen</c>, and is told in the answer to that.
/// </summary>
internal sealed partial class ResourceSubscriptions(
    IEnumerable<IResourceFeed> feeds, IHostApplicationLifetime lifetime, ILogger<ResourceSubscriptions> logger)
{
    /// <summary>More than one client can follow; each costs a watch.</summary>
    public const int MaxPerClient = 100;

    private readonly ConcurrentDictionary<string, SubscribedSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>How many sessions have subscribed to something.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>Runs a session, and ends its subscriptions with it.</summary>
    public async Task RunSessionAsync(McpServer server, CancellationToken closed)
    {
        if (server.SessionId is not { Length: > 0 } sessionId)
        {
            await server.RunAsync(closed);
            return;
        }

        using var session = new SubscribedSession(server);
        _sessions[sessionId] = session;
        try
        {
            await server.RunAsync(closed);
        }
        finally
        {
            _sessions.TryRemove(sessionId, out _);
        }
    }

    /// <summary>Answers <c>resources/subscribe</c>.</summary>
    public async ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        var uri = request.Params.Uri;
        var watch = await WatchAsync(uri, request.User, request.Server.NegotiatedProtocolVersion, cancellationToken);
        if (!SessionOf(request.Server).TryAdd(uri, watch, Forward))
        {
            watch.Dispose();
            throw new McpProtocolException($"A session can subscribe to {MaxPerClient} resources at most.", McpErrorCode.InvalidRequest);
        }

        return new EmptyResult();
    }

    /// <summary>Answers <c>resources/unsubscribe</c>.</summary>
    public ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> request)
    {
        SessionOf(request.Server).Remove(request.Params.Uri);
        return ValueTask.FromResult(new EmptyResult());
    }

    /// <summary>Answers <c>subscriptions/listen</c>: says what it will tell, and tells it until the client hangs up.</summary>
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
            // The server stops.
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
        string uri, System.Security.Claims.ClaimsPrincipal? user, string? revision, CancellationToken cancellationToken)
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

    // What it cannot tell it leaves out of what it acknowledges.
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

    // The lists of tools, prompts and resources never change while the server runs: it is true that every change of theirs would be told.
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
        // Several subscriptions may share a channel: https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/subscriptions
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
        [LoggerMessage(1, LogLevel.Debug, "A listener asked for a resource that it is not told of ({Code}).")]
        public static partial void NotWatched(ILogger logger, McpErrorCode code);
    }
}
