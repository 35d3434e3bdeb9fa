using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>The result of claiming an order whose checkout a request wants to replace.</summary>
public abstract record ReplacementClaim
{
    private ReplacementClaim()
    {
    }

    /// <summary>The request may go on. A repeated call of the same request gets its claim again.</summary>
    public sealed record Claimed : ReplacementClaim;

    /// <summary>Another request replaces the checkout.</summary>
    /// <param name="ReplacedBy">The session that replaces it; null while that request has not finished.</param>
    public sealed record Taken(string? ReplacedBy) : ReplacementClaim;

    /// <summary>The buyer has completed the checkout.</summary>
    /// <param name="State">The name of the order's state.</param>
    public sealed record Completed(string State) : ReplacementClaim;

    /// <summary>The order is not in Redis, for example because the archive has it.</summary>
    public sealed record Unknown : ReplacementClaim;
}

/// <summary>
/// Checkouts that are replaced by others. One request at most replaces a checkout, and both orders name each other: the old one by <c>replaced_by</c>,
/// the new one by <c>replaces</c>.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OrderReplacements(IConnectionMultiplexer redis, LedgerPartitions partitions, WriteAcknowledgment? acknowledgment = null)
{
    private static readonly LedgerScript s_claim = new("claim_replacement");
    private static readonly LedgerScript s_end = new("end_replacement");

    /// <summary>Claims an open or expired order, before Stripe is called.</summary>
    /// <param name="sessionId">The session to replace.</param>
    /// <param name="orderRef">The reference of the order that replaces it.</param>
    public async Task<ReplacementClaim> ClaimAsync(string sessionId, string orderRef)
    {
        var partition = partitions.Of(sessionId);
        var reply = (string[])(await s_claim.EvaluateAsync(redis.GetDatabase(), partition.KeysOf(sessionId), orderRef))!;
        await (acknowledgment?.WaitAsync(partition) ?? Task.CompletedTask);
        return reply[0] switch
        {
            "claimed" => new ReplacementClaim.Claimed(),
            "taken" => new ReplacementClaim.Taken(reply[1].Length > 0 ? reply[1] : null),
            "completed" => new ReplacementClaim.Completed(reply[1]),
            "unknown" => new ReplacementClaim.Unknown(),
            var other => throw new InvalidOperationException($"claim_replacement.lua replied '{other}'."),
        };
    }

    /// <summary>Notes which session replaces the claimed one, which Stripe has expired by now.</summary>
    public async Task CompleteAsync(string sessionId, string orderRef, string replacedBy)
    {
        await EndAsync(sessionId, orderRef, replacedBy);
        await (acknowledgment?.WaitAsync(partitions.Of(sessionId)) ?? Task.CompletedTask);
    }

    /// <summary>Gives up the claim of a request that has sold nothing.</summary>
    public Task ReleaseAsync(string sessionId, string orderRef) => EndAsync(sessionId, orderRef, "");

    private Task<RedisResult> EndAsync(string sessionId, string orderRef, string replacedBy) =>
        s_end.EvaluateAsync(redis.GetDatabase(), partitions.Of(sessionId).KeysOf(sessionId), sessionId, orderRef, replacedBy);
}
