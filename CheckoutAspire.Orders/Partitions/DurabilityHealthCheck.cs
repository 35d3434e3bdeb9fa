using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>
/// Reports a Redis that may lose what it has confirmed. The result is degraded, not unhealthy, because the service still works with a weaker guarantee.
/// </summary>
internal sealed class DurabilityHealthCheck(LedgerDurability durability, IConnectionMultiplexer redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var weaknesses = (await durability.ReadAsync()).Weaknesses;
            return weaknesses.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded($"Redis may lose what it has confirmed: {string.Join("; ", weaknesses)}.");
        }
        catch (RedisServerException exception)
        {
            return HealthCheckResult.Degraded($"Redis does not report its durability settings. {RedisRefusal.Find(exception, RedisRefusal.UserOf(redis)) ?? "CONFIG GET is refused."}");
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy(RedisRefusal.Find(exception) ?? "Redis does not answer.");
        }
    }
}
