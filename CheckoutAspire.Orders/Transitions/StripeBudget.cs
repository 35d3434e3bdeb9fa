using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>The rate of requests to Stripe that all workers of this installation share.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class StripeBudget(IConnectionMultiplexer redis)
{
    private static readonly LedgerScript s_reserve = new("reserve_request");

    /// <summary>Reserves a request.</summary>
    /// <param name="share">The name of the share that the request is part of.</param>
    /// <param name="perSecond">The share's requests per second. A quarter of a second's requests may come at once.</param>
    /// <returns>How long to wait before it is sent.</returns>
    public async Task<TimeSpan> ReserveAsync(string share, int perSecond) => TimeSpan.FromMilliseconds((long)await s_reserve.EvaluateAsync(
        redis.GetDatabase(), ["co:ledger:stripe:" + share], 1000.0 / perSecond, Math.Max(1, perSecond / 4)));
}
