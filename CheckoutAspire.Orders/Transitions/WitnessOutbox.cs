using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// What a committed fulfillment still owes outside Redis: the note at Stripe that it was fulfilled, a second witness should this
/// ledger be lost.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class WitnessOutbox(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private static readonly LedgerScript s_take = new("take_outbox");

    /// <summary>Takes orders whose witness is due; one that is not struck off within <paramref name="retryAfter"/> is taken again.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync(LedgerPartition partition, int count, TimeSpan retryAfter) =>
        (string[])(await s_take.EvaluateAsync(
            redis.GetDatabase(), [partition.Outbox], count, (long)retryAfter.TotalMilliseconds))!;

    /// <summary>Notes which session a payment intent belongs to, for refunds and disputes, and strikes the order off.</summary>
    public async Task CompleteAsync(string sessionId, string? paymentIntent)
    {
        var database = redis.GetDatabase();
        if (paymentIntent is not null)
        {
            await database.StringSetAsync(partitions.Of(paymentIntent).Intent(paymentIntent), sessionId);
        }

        await database.SortedSetRemoveAsync(partitions.Of(sessionId).Outbox, sessionId);
    }

    /// <summary>The session of a payment intent, when it was noted.</summary>
    public async Task<string?> FindSessionAsync(string paymentIntent) =>
        await redis.GetDatabase().StringGetAsync(partitions.Of(paymentIntent).Intent(paymentIntent));
}
