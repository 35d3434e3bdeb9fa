using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>The seller's view of orders: records sales and reads the state of an order.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OrderLedger(IConnectionMultiplexer redis, LedgerPartitions partitions, WriteAcknowledgment? acknowledgment = null, IOrderArchive? archive = null,
    Tombstones? tombstones = null)
{
    private static readonly LedgerScript s_create = new("create_order");

    /// <summary>Records a session that was just created. The call can be repeated, and the session's event may have come first.</summary>
    /// <returns>Whether the order is new.</returns>
    public async Task<bool> RecordAsync(NewOrder order)
    {
        var partition = partitions.Of(order.SessionId);

        // A session that an earlier request created may have left Redis.
        if (archive is not null && tombstones is not null
            && (await tombstones.FindAsync(partition, [order.SessionId])).Count > 0 && await archive.FindAsync(order.SessionId) is not null)
        {
            return false;
        }

        var expiresAt = order.ExpiresAt.ToUnixTimeSeconds();
        var created = await s_create.EvaluateAsync(
            redis.GetDatabase(),
            partition.KeysOf(
                order.SessionId,
                [partition.Owned(order.Owner), .. order.Buyer.Length > 0 ? (RedisKey[])[partition.Owned(order.Buyer)] : []]),
            [
            order.SessionId,
            expiresAt,
            OrderFields.OrderRef, order.OrderRef,
            OrderFields.AmountSubtotal, order.AmountSubtotal,
            OrderFields.AmountTotal, order.AmountTotal,
            OrderFields.Currency, order.Currency,
            OrderFields.Livemode, order.Livemode,
            OrderFields.Mode, order.Mode,
            OrderFields.ExpiresAt, expiresAt,
            OrderFields.CheckoutUrl, order.CheckoutUrl,
            OrderFields.ProductId, order.ProductId,
            OrderFields.ProductName, order.ProductName,
            OrderFields.ClientReferenceId, order.ClientReferenceId,
            OrderFields.Owner, order.Owner,
            OrderFields.Principal, order.Principal,
            OrderFields.LineItems, OrderLineJson.Write(order.LineItems),
            .. order.BuyerRef.Length > 0 ? (RedisValue[])[OrderFields.BuyerRef, order.BuyerRef] : [],
            .. order.ShortLink.Length > 0 ? (RedisValue[])[OrderFields.ShortLink, order.ShortLink] : [],
            .. order.Locale.Length > 0 ? (RedisValue[])[OrderFields.Locale, order.Locale] : [],
            .. order.Replaces.Length > 0 ? (RedisValue[])[OrderFields.Replaces, order.Replaces] : [],
            .. order.TotalVaries ? (RedisValue[])[OrderFields.TotalVaries, 1] : [],
            ]);
        await (acknowledgment?.WaitAsync(partition) ?? Task.CompletedTask);
        return (bool)created;
    }

    /// <summary>The order of a session, or null if neither the ledger nor its archive has it.</summary>
    public async Task<Order?> FindAsync(string sessionId)
    {
        var hash = await redis.GetDatabase().HashGetAllAsync(partitions.Of(sessionId).Order(sessionId));

        // A refund that arrived before the order is stored under the order's key.
        return hash.Any(field => field.Name == "state") ? Order.FromHash(sessionId, hash)
            : archive is not null && await archive.FindAsync(sessionId) is { } archived ? FromArchive(archived)
            : null;
    }

    internal static Order FromArchive(ArchivedOrder order) =>
        Order.FromHash(order.Id, [.. order.Fields.Select(field => new HashEntry(field.Key, field.Value))]);
}
