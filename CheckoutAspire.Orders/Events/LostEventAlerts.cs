using StackExchange.Redis;

namespace CheckoutAspire.Orders.Events;

/// <summary>
/// The alerts in which Stripe reports that it failed to generate events, which are then in no list of events
/// (<see href="https://docs.stripe.com/webhooks/handle-irrecoverable-events"/>). After each alert the worker reads Stripe's objects of the
/// last 35 days again.
/// </summary>
/// <remarks>
/// Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer. The receiver counts and the worker
/// compares the count with the one that it has acted on: a count cannot be missed because two machines' clocks differ.
/// </remarks>
public sealed class LostEventAlerts(IConnectionMultiplexer redis)
{
    private static readonly RedisKey s_ledger = "co:ledger";
    private static readonly RedisValue s_field = "lost_event_alerts";

    /// <summary>Whether a thin event's type, in UTF-8, is such an alert.</summary>
    public static bool Contains(ReadOnlySpan<byte> type) => type.StartsWith("v2.core.health.event_generation_failure."u8);

    /// <summary>Counts an alert.</summary>
    public Task AddAsync() => redis.GetDatabase().HashIncrementAsync(s_ledger, s_field);

    /// <summary>The number of alerts so far.</summary>
    public async Task<long> CountAsync() => (await redis.GetDatabase().HashGetAsync(s_ledger, s_field)).TryParse(out long count) ? count : 0;
}
