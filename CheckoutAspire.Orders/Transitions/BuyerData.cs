using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>Whose orders are meant: one order, or those that a principal sold to a buyer.</summary>
/// <param name="OrderId">One order; the rest is then ignored.</param>
/// <param name="Principal">The caller that sold, for example <c>key:shop-agent</c>.</param>
/// <param name="BuyerRef">The caller's own id of the buyer.</param>
/// <param name="ClientReferenceId">The caller's own reference. All orders of the principal are read to find it.</param>
public sealed record BuyerSelection(string? OrderId = null, string? Principal = null, string? BuyerRef = null, string? ClientReferenceId = null)
{
    /// <summary>Whether it selects one buyer or one order, not all of a principal's.</summary>
    public bool IsComplete => !string.IsNullOrEmpty(OrderId)
        || (!string.IsNullOrEmpty(Principal) && (!string.IsNullOrEmpty(BuyerRef) || !string.IsNullOrEmpty(ClientReferenceId)));
}

/// <summary>Everything that is stored about an order.</summary>
/// <param name="Id">The order's id.</param>
/// <param name="Archived">Whether it is in the archive, and not in Redis.</param>
/// <param name="Fields">The stored fields.</param>
/// <param name="Journal">Its journal entries in the archive. Those that are still in Redis equal the order's timeline.</param>
public sealed record StoredOrder(string Id, bool Archived, IReadOnlyDictionary<string, string> Fields, IReadOnlyList<ArchivedStep> Journal);

/// <summary>Finds, exports and deletes what the ledger and its archive hold about a buyer.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis or the archive does not answer.</remarks>
public sealed class BuyerData(
    IConnectionMultiplexer redis, LedgerPartitions partitions, OrderLedger orders, OwnedOrders owned, IOptions<StripeOptions> stripe, IOrderArchive? archive = null)
{
    private const int PageSize = 500;

    private static readonly LedgerScript s_forget = new("forget_order");

    private readonly string _deployment = stripe.Value.Deployment;

    /// <summary>The ids of the selected orders, newest first.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(BuyerSelection selection)
    {
        if (selection is { OrderId.Length: > 0 })
        {
            return [selection.OrderId];
        }

        var owner = selection is { BuyerRef.Length: > 0 }
            ? OwnerDigest.Of(_deployment, selection.Principal!, selection.BuyerRef)
            : OwnerDigest.Of(_deployment, selection.Principal!);
        var found = new List<string>();
        OwnedSession? last = null;
        IReadOnlyList<OwnedSession> page;
        do
        {
            page = await owned.ListAsync(owner, last, PageSize);
            var read = await Task.WhenAll(page.Select(session => orders.FindAsync(session.SessionId)));
            found.AddRange(read.Where(order => order is not null
                && (string.IsNullOrEmpty(selection.BuyerRef) || order.BuyerRef == selection.BuyerRef)
                && (string.IsNullOrEmpty(selection.ClientReferenceId) || order.ClientReferenceId == selection.ClientReferenceId)).Select(order => order!.SessionId));
            last = page.Count == 0 ? last : page[^1];
        }
        while (page.Count == PageSize);

        return found;
    }

    /// <summary>Everything that is stored about an order, or null if the order does not exist.</summary>
    public async Task<StoredOrder?> ExportAsync(string orderId)
    {
        var hash = await redis.GetDatabase().HashGetAllAsync(partitions.Of(orderId).Order(orderId));
        var journal = archive is null ? [] : await archive.ListStepsAsync(orderId);
        return hash.Length > 0
            ? new StoredOrder(orderId, false, hash.ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal), journal)
            : archive is not null && await archive.FindAsync(orderId) is { } archived ? new StoredOrder(orderId, true, archived.Fields, journal)
            : null;
    }

    /// <summary>Deletes what an order says about its buyer, in Redis and in the archive. Amounts and states stay, and it is still never fulfilled again.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="why">Who decides and why, for the timeline and the journal.</param>
    /// <returns>False when there is no such order.</returns>
    public async Task<bool> ForgetAsync(string orderId, string why)
    {
        var reason = OperatorLedger.OneLine(why);
        var isInRedis = await ForgetInRedisAsync(orderId, reason);
        if (archive is null || await archive.FindAsync(orderId) is not { } archived)
        {
            return isInRedis;
        }

        if (OrderFields.Personal.Any(archived.Fields.ContainsKey))
        {
            await archive.ReplaceAsync(Forget(archived, reason), archived.Buyer);
        }

        // It may have been brought back before the archive's copy was changed.
        await ForgetInRedisAsync(orderId, reason);
        return true;
    }

    private async Task<bool> ForgetInRedisAsync(string orderId, string reason)
    {
        var partition = partitions.Of(orderId);
        var known = await redis.GetDatabase().HashGetAsync(partition.Order(orderId), [OrderFields.Principal, OrderFields.BuyerRef]);
        RedisKey[] buyer = known[1].IsNullOrEmpty ? [] : [partition.Owned(OwnerDigest.Of(_deployment, known[0].ToString(), known[1].ToString()))];
        return (bool)await s_forget.EvaluateAsync(
            redis.GetDatabase(), partition.KeysOf(orderId, buyer), [orderId, reason, .. OrderFields.Personal.Select(field => (RedisValue)field)]);
    }

    private static ArchivedOrder Forget(ArchivedOrder order, string reason)
    {
        var now = TimeProvider.System.GetUtcNow();
        var fields = order.Fields.Where(field => !OrderFields.Personal.Contains(field.Key)).ToDictionary(StringComparer.Ordinal);
        fields["timeline"] += string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds()} buyer_forgotten {reason}\n");
        return order with { Fields = fields, Buyer = "", ChangedAt = now };
    }
}
