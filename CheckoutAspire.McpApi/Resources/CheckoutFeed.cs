using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>Notifies subscribers of a checkout when its order changes.</summary>
internal sealed class CheckoutFeed(OrderChanges changes, OrderLedger ledger, CheckoutLookup lookup) : IResourceFeed
{
    public bool Covers(string uri) => CheckoutUri.SessionOf(uri) is not null;

    public async Task<IResourceWatch> WatchAsync(string uri, Caller caller, CancellationToken cancellationToken)
    {
        var sessionId = CheckoutUri.SessionOf(uri)!;
        var watch = await changes.WatchAsync(sessionId);
        try
        {
            var checkout = await lookup.GetFromLedgerAsync(sessionId, caller);
            return new CheckoutWatch(watch, ledger, checkout.Timeline.Count);
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>A watch may fire without a change; subscribers are notified only of new timeline steps.</summary>
    private sealed class CheckoutWatch(OrderWatch watch, OrderLedger ledger, int steps) : IResourceWatch
    {
        private int _steps = steps;

        public async Task NextAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                await watch.NextAsync(cancellationToken);
                try
                {
                    if (await ledger.FindAsync(watch.SessionId) is Order order && order.Timeline.Count != _steps)
                    {
                        _steps = order.Timeline.Count;
                        return;
                    }
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    // The next re-read after Redis is reachable again reports this step.
                }
            }
        }

        public void Dispose() => watch.Dispose();
    }
}
