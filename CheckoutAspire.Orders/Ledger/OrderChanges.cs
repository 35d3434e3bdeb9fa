using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>
/// Notifies callers that an order has changed. The script that changes it publishes the session id on the partition's <c>changes</c> channel.
/// Redis pub/sub does not store messages, so every few seconds each process also reads the timeline lengths of all watched orders in one round
/// trip, which finds the changes of a message or a connection that was lost.
/// </summary>
/// <remarks>Watch an order first and read it afterward, so that no change falls between the two.</remarks>
public sealed class OrderChanges(IConnectionMultiplexer redis, LedgerPartitions partitions, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan s_rereadInterval = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Task> _subscriptions = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task? _rereading;

    /// <summary>The number of watched orders.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _watched.Count;
            }
        }
    }

    /// <summary>Starts watching an order. Every change from now on completes the watch. Read the order afterward.</summary>
    /// <param name="sessionId">The session; the ledger may not have it yet.</param>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<OrderWatch> WatchAsync(string sessionId)
    {
        var watch = new OrderWatch(this, sessionId);
        Task subscription;
        lock (_lock)
        {
            if (!_watched.TryGetValue(sessionId, out var watched))
            {
                _watched[sessionId] = watched = new Watched();
            }

            watched.Watches.Add(watch);
            subscription = EnsureSubscribed(partitions.Of(sessionId));
            _rereading ??= RereadAsync(_stopping.Token);
        }

        try
        {
            await subscription;
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>Ends the subscriptions. Watches that are still open receive no more changes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_rereading is { } rereading)
        {
            await rereading;
        }

        foreach (var number in _subscriptions.Keys)
        {
            await redis.GetSubscriber().UnsubscribeAsync(partitions.All[number].Changes, Hear, CommandFlags.FireAndForget);
        }

        _stopping.Dispose();
    }

    internal void End(OrderWatch watch)
    {
        lock (_lock)
        {
            if (_watched.TryGetValue(watch.SessionId, out var watched) && watched.Watches.Remove(watch) && watched.Watches.Count == 0)
            {
                _watched.Remove(watch.SessionId);
            }
        }
    }

    // A subscription outlives its watches: the next watch usually comes soon, and a message without a watch costs one lookup.
    private Task EnsureSubscribed(LedgerPartition partition)
    {
        if (!_subscriptions.TryGetValue(partition.Number, out var subscription) || subscription.IsFaulted)
        {
            _subscriptions[partition.Number] = subscription = redis.GetSubscriber().SubscribeAsync(partition.Changes, Hear);
        }

        return subscription;
    }

    // cs_test_a1B2… cs_test_c3D4…
    private void Hear(RedisChannel channel, RedisValue sessionIds)
    {
        lock (_lock)
        {
            foreach (var sessionId in sessionIds.ToString().Split(' '))
            {
                if (_watched.TryGetValue(sessionId, out var watched))
                {
                    watched.Tell();
                }
            }
        }
    }

    private async Task RereadAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                // A random delay, so that the processes do not all read at the same time.
                await Task.Delay(s_rereadInterval * (0.75 + (0.5 * Random.Shared.NextDouble())), time, stopping);
                await RereadOnceAsync();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // The next re-read covers what this one could not read.
            }
        }
    }

    // Every step lengthens an order's timeline, so its length shows whether there is a new step. All commands are sent before the first
    // reply is awaited.
    private async Task RereadOnceAsync()
    {
        string[] sessionIds;
        lock (_lock)
        {
            sessionIds = [.. _watched.Keys];
        }

        var database = redis.GetDatabase();
        var lengths = await Task.WhenAll(sessionIds.Select(
            id => database.HashStringLengthAsync(partitions.Of(id).Order(id), "timeline")));
        lock (_lock)
        {
            foreach (var (sessionId, length) in sessionIds.Zip(lengths))
            {
                if (_watched.TryGetValue(sessionId, out var watched) && watched.TimelineLength != length)
                {
                    watched.TimelineLength = length;
                    watched.Tell();
                }
            }
        }
    }

    private sealed class Watched
    {
        public List<OrderWatch> Watches { get; } = [];

        // Unknown until the first re-read, so the first poll may send one redundant notification.
        public long TimelineLength { get; set; } = -1;

        public void Tell()
        {
            foreach (var watch in Watches)
            {
                watch.Tell();
            }
        }
    }
}
