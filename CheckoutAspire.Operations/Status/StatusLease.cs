using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>The lease under which one instance at a time reads the system's state, keeps samples, evaluates the rules and sends alerts.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
internal sealed class StatusLease(IConnectionMultiplexer redis)
{
    private static readonly RedisKey s_lease = "co:ledger:operations:lease";

    private readonly RedisValue _holder = $"{Environment.MachineName}-{Guid.NewGuid():N}";
    private volatile bool _isHeld;

    /// <summary>Whether this instance held the lease when it last asked for it.</summary>
    public bool IsHeld => _isHeld;

    /// <summary>Extends the lease, or takes it if no instance holds it.</summary>
    public async Task<bool> HoldAsync(TimeSpan duration)
    {
        var database = redis.GetDatabase();
        _isHeld = (_isHeld && await database.LockExtendAsync(s_lease, _holder, duration)) || await database.LockTakeAsync(s_lease, _holder, duration);
        return _isHeld;
    }

    /// <summary>Gives the lease up, so that another instance can take it at once.</summary>
    public async Task ReleaseAsync()
    {
        _isHeld = false;
        await redis.GetDatabase().LockReleaseAsync(s_lease, _holder);
    }
}
