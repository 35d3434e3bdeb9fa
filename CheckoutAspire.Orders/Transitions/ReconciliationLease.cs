using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>The lease under which one worker at a time reads Stripe's lists. If that worker dies, the lease expires and another takes it.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class ReconciliationLease(IConnectionMultiplexer redis)
{
    private static readonly RedisKey s_lease = "co:ledger:reconciling";

    private readonly RedisValue _holder = $"{Environment.MachineName}-{Guid.NewGuid():N}";

    /// <summary>Takes the lease if no other worker holds it. This worker may hold it already: Redis has executed a command whose reply came too late.</summary>
    public async Task<bool> TryTakeAsync(TimeSpan duration) =>
        await redis.GetDatabase().LockTakeAsync(s_lease, _holder, duration) || await RenewAsync(duration);

    /// <summary>Extends the lease; false when this worker no longer holds it.</summary>
    public Task<bool> RenewAsync(TimeSpan duration) => redis.GetDatabase().LockExtendAsync(s_lease, _holder, duration);

    /// <summary>Gives the lease up, so that another worker can take it at once.</summary>
    public Task ReleaseAsync() => redis.GetDatabase().LockReleaseAsync(s_lease, _holder);
}
