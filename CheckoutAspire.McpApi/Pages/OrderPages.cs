using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>Finds the order of a page.</summary>
internal sealed partial class OrderPages(OrderLedger ledger, TimeProvider time, ILogger<OrderPages> logger)
{
    /// <summary>The view of the order with the query's <c>session_id</c>.</summary>
    public async Task<(OrderView View, Order? Order)> FindAsync(IQueryCollection query, Func<Order, DateTimeOffset, OrderView> view)
    {
        var sessionId = query["session_id"].ToString();
        if (!SessionId.IsWellFormed(sessionId))
        {
            return (OrderView.Unknown, null);
        }

        try
        {
            return await ledger.FindAsync(sessionId) is { } order
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
