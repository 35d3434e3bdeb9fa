using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// What a committed fulfillment still owes outside its partition: the note at Stripe that it was fulfilled, a second witness should this
/// ledger be lost, and the index by which refunds, disputes and renewals find the order.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class WitnessOutbox(IConnectionMultiplexer redis, LedgerPartitions partitions, IOrderArchive? archive = null)
{
    private static readonly LedgerScript s_take = new("take_outbox");
    private static readonly LedgerScript s_refuse = new("refuse_witness");
    private static readonly LedgerScript s_complete = new("complete_witness");

    /// <summary>Takes orders whose witness is due; an order that is not completed within <paramref name="retryAfter"/> is taken again.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync(LedgerPartition partition, int count, TimeSpan retryAfter) =>
        (string[])(await s_take.EvaluateAsync(
            redis.GetDatabase(), [partition.Outbox], count, (long)retryAfter.TotalMilliseconds))!;

    /// <summary>
    /// Records which order a payment intent belongs to, for refunds and disputes, and which a subscription belongs to, for renewals. It does
    /// not wait for Stripe, which may refuse the witness.
    /// </summary>
    public async Task IndexAsync(string sessionId, string? paymentIntent, string? subscription = null)
    {
        foreach (var id in new[] { paymentIntent, subscription }.OfType<string>())
        {
            await redis.GetDatabase().StringSetAsync(partitions.Of(id).Intent(id), sessionId);
        }
    }

    /// <summary>The witness is written: removes the order from the outbox, and the link of its payment page, which it does not need any more.</summary>
    public Task CompleteAsync(string sessionId)
    {
        var partition = partitions.Of(sessionId);
        return s_complete.EvaluateAsync(redis.GetDatabase(), [partition.Order(sessionId), partition.Outbox], sessionId);
    }

    /// <summary>Stripe refuses the witness for good: removes the order from the outbox, and notes why in its timeline.</summary>
    /// <returns>False if the order was no longer in the outbox.</returns>
    public async Task<bool> RefuseAsync(string sessionId, string reason) => (bool)await s_refuse.EvaluateAsync(
        redis.GetDatabase(), partitions.Of(sessionId).KeysOf(sessionId), sessionId, reason);

    /// <summary>The order of a payment intent or of a subscription, when it is known.</summary>
    public async Task<string?> FindSessionAsync(string id) => await redis.GetDatabase().StringGetAsync(partitions.Of(id).Intent(id)) is { IsNullOrEmpty: false } order
        ? order.ToString()
        : archive is null ? null : await archive.FindByReferenceAsync(id);
}
