using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// The fulfillments that are still to be recorded at Stripe, which is the second witness if this ledger is lost.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class WitnessOutbox(IConnectionMultiplexer redis, LedgerPartitions partitions)
{
    private static readonly LedgerScript s_take = new("take_outbox");

    /// <summary>Takes orders whose witness is due; an order that is not completed within <paramref name="retryAfter"/> is taken again.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync(LedgerPartition partition, int count, TimeSpan retryAfter) =>
        (string[])(await s_take.EvaluateAsync(
            redis.GetDatabase(), [partition.Outbox], count, (long)retryAfter.TotalMilliseconds))!;

    /// <summary>
    /// Records which order a payment intent belongs to, for refunds and disputes, and which a subscription belongs to, for renewals; then
    /// removes the order from the outbox.
    /// </summary>
    public async Task CompleteAsync(string sessionId, string? paymentIntent, string? subscription = null)
    {
        var database = redis.GetDatabase();
        foreach (var id in new[] { paymentIntent, subscription }.OfType<string>())
        {
            await database.StringSetAsync(partitions.Of(id).Intent(id), sessionId);
        }

        await database.SortedSetRemoveAsync(partitions.Of(sessionId).Outbox, sessionId);
    }

    /// <summary>The order of a payment intent or of a subscription, if it is known.</summary>
    public async Task<string?> FindSessionAsync(string id) =>
        await redis.GetDatabase().StringGetAsync(partitions.Of(id).Intent(id));
}
