using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>The subscriptions of one session of revision 2025-11-25. Notifications are sent on the session's own stream, if the client has opened it.</summary>
internal sealed class SubscribedSession(Func<JsonRpcNotification, CancellationToken, Task> send) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, CancellationTokenSource> _ends = new(StringComparer.Ordinal);
    private bool _closed;

    /// <summary>Adds a subscription, and replaces an earlier one to the same resource.</summary>
    /// <returns>False if there are too many subscriptions or the session has ended. The caller must then dispose of the watch.</returns>
    public bool TryAdd(string uri, IResourceWatch watch, Func<IResourceWatch, string, Func<JsonObject, Task>, CancellationToken, Task> forward)
    {
        lock (_lock)
        {
            Remove(uri);
            if (_closed || _ends.Count >= ResourceSubscriptions.MaxPerClient)
            {
                return false;
            }

            var end = new CancellationTokenSource();
            _ends[uri] = end;
            _ = RunAsync(uri, watch, forward, end);
            return true;
        }
    }

    /// <summary>Whether there is a subscription to the resource.</summary>
    public bool Contains(string uri)
    {
        lock (_lock)
        {
            return _ends.ContainsKey(uri);
        }
    }

    public void Remove(string uri)
    {
        lock (_lock)
        {
            if (_ends.Remove(uri, out var end))
            {
                end.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var uri in _ends.Keys.ToArray())
            {
                Remove(uri);
            }
        }
    }

    private async Task RunAsync(
        string uri, IResourceWatch watch, Func<IResourceWatch, string, Func<JsonObject, Task>, CancellationToken, Task> forward, CancellationTokenSource end)
    {
        using (watch)
        {
            try
            {
                await forward(
                    watch,
                    uri,
                    parameters => send(
                        new JsonRpcNotification { Method = NotificationMethods.ResourceUpdatedNotification, Params = parameters }, end.Token),
                    end.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The client has unsubscribed, or the session has ended.
            }
        }

        lock (_lock)
        {
            if (_ends.GetValueOrDefault(uri) == end)
            {
                _ends.Remove(uri);
            }
        }
    }
}
