using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>Finds the order of a page.</summary>
internal sealed partial class OrderPages(OrderLedger ledger, ShortLinks links, TimeProvider time, ILogger<OrderPages> logger)
{
    /// <summary>The view of the order with the query's <c>session_id</c>.</summary>
    public async Task<(OrderView View, Order? Order)> FindAsync(IQueryCollection query, Func<Order, DateTimeOffset, OrderView> view)
    {
        var sessionId = query["session_id"].ToString();
        if (!SessionId.IsWellFormed(sessionId))
        {
            return (OrderView.Unknown, null);
        }

        return await FindAsync(() => ledger.FindAsync(sessionId), view);
    }

    /// <summary>Where a short link leads: to the payment page while it is open, then to the order's page. Null for an unknown link.</summary>
    public async Task<(string? Target, OrderView View)> FindLinkAsync(string id)
    {
        var (view, order) = await FindAsync(() => links.FindAsync(id), OrderView.AfterCancel);
        return order is null ? (null, view) : (links.TargetOf(order) ?? "/checkout/cancel?session_id=" + order.SessionId, view);
    }

    private async Task<(OrderView View, Order? Order)> FindAsync(Func<Task<Order?>> find, Func<Order, DateTimeOffset, OrderView> view)
    {
        try
        {
            return await find() is { } order
                ? (view(order, time.GetUtcNow()), order)
                : (OrderView.Unknown, null);
        }
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException)
        {
            Log.LedgerUnreachable(logger, exception.GetType().Name);
            return (OrderView.Unavailable, null);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The ledger is unreachable ({Error}); a buyer's page shows that the order is unavailable.")]
        public static partial void LedgerUnreachable(ILogger logger, string error);
    }
}
