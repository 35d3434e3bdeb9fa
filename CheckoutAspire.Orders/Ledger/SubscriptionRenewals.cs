using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>The renewals of the subscription that a session began: an index in the session's partition. Each renewal is an order of its own.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class SubscriptionRenewals(IConnectionMultiplexer redis, LedgerPartitions partitions, OrderLedger orders, IOrderArchive? archive = null)
{
    /// <summary>Adds a renewal. Safe to repeat, and safe before the renewal's own order is recorded.</summary>
    /// <param name="sessionId">The session that began the subscription.</param>
    /// <param name="invoiceId">The renewal's invoice, whose id is also the id of its order.</param>
    /// <param name="createdAt">When Stripe made the invoice.</param>
    public Task AddAsync(string sessionId, string invoiceId, DateTimeOffset createdAt) => redis.GetDatabase().SortedSetAddAsync(
        partitions.Of(sessionId).Renewals(sessionId), invoiceId, createdAt.ToUnixTimeSeconds());

    /// <summary>The orders of the newest renewals, newest first.</summary>
    /// <param name="sessionId">The session that began the subscription.</param>
    /// <param name="count">At most this many.</param>
    public async Task<IReadOnlyList<Order>> ListAsync(string sessionId, int count)
    {
        var invoices = await redis.GetDatabase().SortedSetRangeByRankAsync(
            partitions.Of(sessionId).Renewals(sessionId), 0, count - 1, StackExchange.Redis.Order.Descending);
        IEnumerable<string> ids = invoices.Select(invoice => invoice.ToString());
        if (invoices.Length == 0 && archive is not null && await archive.FindAsync(sessionId) is { } sale)
        {
            ids = sale.Renewals.OrderByDescending(renewal => renewal.Value).Take(count).Select(renewal => renewal.Key);
        }

        var found = await Task.WhenAll(ids.Select(orders.FindAsync));
        return [.. found.OfType<Order>()];
    }
}
