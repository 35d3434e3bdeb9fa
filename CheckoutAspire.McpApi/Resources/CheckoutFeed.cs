using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>Tells subscribers of a checkout when its order moves.</summary>
internal sealed class CheckoutFeed(OrderChanges changes, OrderLedger ledger, CheckoutLookup lookup) : IResourceFeed
{
    public bool Covers(string uri) => CheckoutUri.SessionOf(uri) is not null;

    public async Task<IResourceWatch> WatchAsync(string uri, Caller caller, CancellationToken cancellationToken)
    {
        var sessionId = CheckoutUri.SessionOf(uri)!;
        var watch = await changes.WatchAsync(sessionId);
        try
        {
            var checkout = await lookup.RecallAsync(sessionId, caller, cancellationToken);
            return new CheckoutWatch(watch, ledger, checkout.Timeline.Count);
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>An order's watch tells now and then for nothing; a subscriber is told of steps only.</summary>
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
                    // Told again by the next re-read, once Redis answers: this step is still new then.
                }
            }
        }

        public void Dispose() => watch.Dispose();
    }
}
