using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Stock;

/// <summary>
/// Follows every reservation until the ledger says what became of its order: a paid order commits it, and one that can no longer be paid releases it. A
/// reservation is written down before it is made, so that a process that ends midway leaves nothing reserved for ever. An order of which the ledger does not learn
/// whether it was paid gives its units back an hour after its session's expiry, and is followed for weeks, because its payment may be proven later.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed partial class StockReservations(
    IConnectionMultiplexer redis, IStockKeeper keeper, OrderLedger ledger, LedgerPartitions partitions, TimeProvider time, ILogger<StockReservations> logger)
{
    /// <summary>The step in the timeline of an order whose units were counted after they had been given back.</summary>
    public const string LateStep = "stock_counted_late";

    private static readonly LedgerScript s_note = new("note_step");

    private const int MostForShortage = 200;
    private const int MostForReading = 20;

    private static readonly RedisKey s_due = "co:{stock}:due";
    private static readonly RedisKey s_sales = "co:{stock}:sales";
    private static readonly RedisKey s_lapsed = "co:{stock}:lapsed";

    // How often an order that can still be paid is looked at.
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    // By then reconciliation has asked Stripe about a session whose last event was lost.
    private static readonly TimeSpan s_afterExpiry = TimeSpan.FromHours(1);

    // The time that reconciliation's sweeps cover.
    private static readonly TimeSpan s_followedFor = TimeSpan.FromDays(35);

    private enum Fate
    {
        Open,
        Sold,
        Lost,

        /// <summary>The time to pay is over, and it may have been paid or may still be approved.</summary>
        Lapsed,
    }

    /// <summary>Reserves the counted lines of a sale, before its session is created.</summary>
    /// <param name="orderRef">The sale's reference.</param>
    /// <param name="expiresAt">When its session expires unpaid.</param>
    /// <param name="lines">Its lines, one for each product.</param>
    /// <param name="replacedOrderRef">The sale that this one replaces, whose units it may take; null if it replaces none.</param>
    /// <returns>The product of which too few units are left, or null.</returns>
    public async Task<StockShortage?> ReserveAsync(string orderRef, DateTimeOffset expiresAt, IReadOnlyList<StockLine> lines, string? replacedOrderRef = null)
    {
        StockLine[] counted = [.. lines.Where(keeper.Counts)];
        if (counted.Length == 0)
        {
            return null;
        }

        await FollowAsync(orderRef, new Sale(expiresAt, SessionId: null));
        var shortage = await ReserveAsync();
        if (shortage is not null)
        {
            // A session that has just expired may have what this sale needs.
            await SettleAsync(DateTimeOffset.MaxValue, MostForShortage);
            shortage = await ReserveAsync();
        }

        if (shortage is not null)
        {
            await ForgetAsync(orderRef);
        }

        return shortage;

        Task<StockShortage?> ReserveAsync() => replacedOrderRef is null
            ? keeper.ReserveAsync(orderRef, counted)
            : keeper.ReserveAsync(orderRef, counted, replacedOrderRef);
    }

    /// <summary>Connects a reservation with the session of its sale, before the buyer can pay it.</summary>
    public async Task AttachAsync(string orderRef, string sessionId)
    {
        if (Sale.Read(await redis.GetDatabase().HashGetAsync(s_sales, orderRef)) is { } sale)
        {
            await FollowAsync(orderRef, sale with { SessionId = sessionId });
        }
    }

    /// <summary>Releases the reservation of a sale that cannot be paid any more: Stripe rejected its request, or has expired its session.</summary>
    public async Task ReleaseAsync(string orderRef)
    {
        if (await redis.GetDatabase().HashExistsAsync(s_sales, orderRef))
        {
            await keeper.ReleaseAsync(orderRef);
            await ForgetAsync(orderRef);
        }
    }

    /// <summary>The units that are left of each counted product.</summary>
    public async Task<IReadOnlyDictionary<string, long>> LeftAsync(IEnumerable<StockLine> products)
    {
        StockLine[] counted = [.. products.Where(keeper.Counts)];
        if (counted.Length == 0)
        {
            return new Dictionary<string, long>(StringComparer.Ordinal);
        }

        await SettleDueAsync(MostForReading);
        return await keeper.LeftAsync(counted);
    }

    /// <summary>Looks at the orders of reservations that were not looked at for a minute.</summary>
    /// <returns>How many reservations were committed or released.</returns>
    public Task<int> SettleDueAsync(int most) => SettleAsync(time.GetUtcNow(), most);

    private async Task<int> SettleAsync(DateTimeOffset until, int most)
    {
        var database = redis.GetDatabase();
        var due = await database.SortedSetRangeByScoreAsync(s_due, stop: until == DateTimeOffset.MaxValue ? double.PositiveInfinity : until.ToUnixTimeMilliseconds(), take: most);
        var settled = 0;
        foreach (var (orderRef, stored) in due.Zip(due.Length == 0 ? [] : await database.HashGetAsync(s_sales, due)))
        {
            var name = orderRef.ToString();
            switch (await FateOfAsync(Sale.Read(stored)))
            {
                case Fate.Sold:
                    await CommitAsync(name, Sale.Read(stored)!.SessionId!);
                    break;
                case Fate.Lost:
                    await keeper.ReleaseAsync(name);
                    break;
                case Fate.Lapsed:
                    await database.SetAddAsync(s_lapsed, orderRef);
                    await keeper.LapseAsync(name);
                    await database.SortedSetAddAsync(s_due, orderRef, Score(time.GetUtcNow() + s_afterExpiry), When.Exists);
                    continue;
                default:
                    await database.SortedSetAddAsync(s_due, orderRef, Score(time.GetUtcNow() + s_interval), When.Exists);
                    continue;
            }

            await ForgetAsync(name);
            settled++;
        }

        return settled;
    }

    private async Task CommitAsync(string orderRef, string sessionId)
    {
        await keeper.CommitAsync(orderRef);
        if (await redis.GetDatabase().SetContainsAsync(s_lapsed, orderRef))
        {
            await s_note.EvaluateAsync(
                redis.GetDatabase(), partitions.Of(sessionId).KeysOf(sessionId), sessionId, LateStep, "more units may be sold than the catalog offers", "");
            Log.CountedLate(logger, sessionId);
        }
    }

    private async Task<Fate> FateOfAsync(Sale? sale)
    {
        if (sale is null)
        {
            return Fate.Lost;
        }

        // The buyer has the link of a session only once it is attached, so that a sale without one cannot be paid.
        var order = sale.SessionId is { } sessionId ? await ledger.FindAsync(sessionId) : null;
        var over = time.GetUtcNow() - sale.ExpiresAt;
        var unlessPaid = sale.SessionId is null || over > s_followedFor ? Fate.Lost : Fate.Lapsed;
        return order switch
        {
            // An operator may approve an order that is not paid.
            { Fulfillment: OrderFulfillment.Ready or OrderFulfillment.Claimed or OrderFulfillment.Fulfilled } => Fate.Sold,
            { Fulfillment: OrderFulfillment.Held, Payment: OrderPayment.Expired or OrderPayment.Failed } => unlessPaid,
            { Fulfillment: OrderFulfillment.Rejected } or { Payment: OrderPayment.Expired or OrderPayment.Failed } => Fate.Lost,
            { Payment: OrderPayment.Paid } => Fate.Sold,
            { Payment: OrderPayment.Processing } => Fate.Open,
            _ => over > s_afterExpiry ? unlessPaid : Fate.Open,
        };
    }

    private async Task FollowAsync(string orderRef, Sale sale)
    {
        var database = redis.GetDatabase();
        await Task.WhenAll(
            database.HashSetAsync(s_sales, orderRef, sale.ToText()), database.SortedSetAddAsync(s_due, orderRef, Score(time.GetUtcNow() + s_interval)));
    }

    private async Task ForgetAsync(string orderRef)
    {
        var database = redis.GetDatabase();
        await Task.WhenAll(
            database.SortedSetRemoveAsync(s_due, orderRef), database.HashDeleteAsync(s_sales, orderRef), database.SetRemoveAsync(s_lapsed, orderRef));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{OrderId} was paid, and its reserved stock had been given back. Its units are counted as sold now, and more may be sold than the catalog offers.")]
        public static partial void CountedLate(ILogger logger, string orderId);
    }

    private static double Score(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    /// <summary>A sale with a reservation, stored as <c>1763884800 cs_test_a1B2…</c>.</summary>
    private sealed record Sale(DateTimeOffset ExpiresAt, string? SessionId)
    {
        public static Sale? Read(RedisValue stored) => stored.ToString().Split(' ') is [var seconds, var session]
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                ? new Sale(DateTimeOffset.FromUnixTimeSeconds(at), session.Length > 0 ? session : null)
                : null;

        public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{ExpiresAt.ToUnixTimeSeconds()} {SessionId}");
    }
}
