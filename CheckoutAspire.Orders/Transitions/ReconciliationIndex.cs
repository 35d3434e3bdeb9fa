using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>What reconciliation remembers in Redis between two passes, in addition to its cursors.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class ReconciliationIndex(IConnectionMultiplexer redis, LedgerPartitions partitions, IOrderArchive? archive = null)
{
    private const int ChunkSize = 500;

    /// <summary>Longer than Stripe lists an event or a sweep goes back.</summary>
    private static readonly TimeSpan s_foreignFor = TimeSpan.FromDays(36);

    /// <summary>Stripe expires a session within minutes of its <c>expires_at</c>.</summary>
    private static readonly TimeSpan s_overdueAfter = TimeSpan.FromMinutes(10);

    /// <summary>Sorted set of the sessions that wait for a payment, by when they were last compared with Stripe, in Unix milliseconds.</summary>
    private static readonly RedisKey s_waiting = "co:ledger:waiting";

    /// <summary>Adds the sessions that must have expired or been paid by now, and that no event has closed.</summary>
    public async Task AddOverdueAsync(DateTimeOffset now)
    {
        var database = redis.GetDatabase();
        var expiredBy = (now - s_overdueAfter).ToUnixTimeSeconds();
        foreach (var partition in partitions.All)
        {
            RedisValue[] overdue;
            var read = 0;
            do
            {
                // By rank, which Redis finds at once: to skip entries of a range by score, it walks over all of them.
                var oldest = await database.SortedSetRangeByRankWithScoresAsync(partition.Open, read, read + ChunkSize - 1);
                overdue = [.. oldest.TakeWhile(session => session.Score <= expiredBy).Select(session => session.Element)];
                read += overdue.Length;
                await AddWaitingAsync(overdue, now);
            }
            while (overdue.Length == ChunkSize);
        }
    }

    /// <summary>Adds a session whose payment is on its way. It keeps its turn if it is there already.</summary>
    public Task AddWaitingAsync(string sessionId, DateTimeOffset now) => AddWaitingAsync([sessionId], now);

    /// <summary>The sessions that were not compared with Stripe for the longest time.</summary>
    public async Task<IReadOnlyList<string>> FindWaitingAsync(int count) =>
        [.. (await redis.GetDatabase().SortedSetRangeByRankAsync(s_waiting, 0, count - 1)).Select(id => id.ToString())];

    /// <summary>Puts a session at the end of the queue.</summary>
    public Task MoveToEndAsync(string sessionId, DateTimeOffset now) =>
        redis.GetDatabase().SortedSetAddAsync(s_waiting, sessionId, now.ToUnixTimeMilliseconds());

    /// <summary>Removes a session that no longer waits.</summary>
    public Task RemoveWaitingAsync(string sessionId) => redis.GetDatabase().SortedSetRemoveAsync(s_waiting, sessionId);

    /// <summary>The state in which an object was last appended, or null.</summary>
    public async Task<string?> FindAppendedAsync(string objectId) => await redis.GetDatabase().StringGetAsync(AppendedKey(objectId));

    /// <summary>Remembers the state in which an object was appended.</summary>
    public Task RememberAppendedAsync(string objectId, string state, TimeSpan forTime) =>
        redis.GetDatabase().StringSetAsync(AppendedKey(objectId), state, forTime);

    /// <summary>The order of a payment intent, or null when the ledger does not know the intent.</summary>
    public async Task<string?> FindOrderAsync(string paymentIntent) =>
        await redis.GetDatabase().StringGetAsync(partitions.Of(paymentIntent).Intent(paymentIntent)) is { IsNullOrEmpty: false } order ? order.ToString()
            : archive is null ? null
            : await archive.FindByReferenceAsync(paymentIntent);

    /// <summary>Whether Stripe was asked about a payment intent, and it belongs to another integration.</summary>
    public Task<bool> IsForeignAsync(string paymentIntent) => redis.GetDatabase().KeyExistsAsync(ForeignKey(paymentIntent));

    /// <summary>Remembers that a payment intent belongs to another integration.</summary>
    public Task RememberForeignAsync(string paymentIntent) => redis.GetDatabase().StringSetAsync(ForeignKey(paymentIntent), 1, s_foreignFor);

    /// <summary>Whether an order has a refund or a dispute in a state.</summary>
    public async Task<bool> IsReturnKnownAsync(string orderId, string kind, string id, string status, long amount)
    {
        var (database, key, field) = (redis.GetDatabase(), partitions.Of(orderId).Order(orderId), $"{kind}:{id}");
        var stored = await database.HashGetAsync(key, field);
        if (stored.IsNull && archive is not null && !await database.KeyExistsAsync(key) && await archive.FindAsync(orderId) is { } archived)
        {
            stored = archived.Fields.GetValueOrDefault(field);
        }

        return !stored.IsNull && OrderReturn.Read(id, stored) is var known && known.Status == status && known.Amount == amount;
    }

    private async Task AddWaitingAsync(RedisValue[] ids, DateTimeOffset now)
    {
        if (ids.Length > 0)
        {
            await redis.GetDatabase().SortedSetAddAsync(
                s_waiting, [.. ids.Select(id => new SortedSetEntry(id, now.ToUnixTimeMilliseconds()))], SortedSetWhen.NotExists);
        }
    }

    private static RedisKey AppendedKey(string objectId) => "co:ledger:appended:" + objectId;

    private static RedisKey ForeignKey(string paymentIntent) => "co:ledger:foreign:" + paymentIntent;
}
