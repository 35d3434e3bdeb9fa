using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>
/// Says so when Redis may lose what it has confirmed: the ledger wants <c>appendonly yes</c>, <c>appendfsync always</c> and
/// <c>maxmemory-policy noeviction</c>. Degraded, not unhealthy: the service works, its promise is weaker.
/// </summary>
internal sealed class DurabilityHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
{
    private static readonly (string Setting, string Wanted)[] s_wanted =
        [("appendonly", "yes"), ("appendfsync", "always"), ("maxmemory-policy", "noeviction")];

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var weaknesses = new List<string>();
            foreach (var server in redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
            {
                foreach (var (setting, wanted) in s_wanted)
                {
                    // CONFIG GET replies the name and the value: an array in RESP2, a map in RESP3.
                    var reply = await server.ExecuteAsync("CONFIG", "GET", setting);
                    if (reply.Length == 2 && (string?)reply[1] is { } actual && actual != wanted)
                    {
                        weaknesses.Add($"{setting} is {actual}, not {wanted}");
                    }
                }
            }

            return weaknesses.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded($"Redis may lose what it has confirmed: {string.Join("; ", weaknesses.Distinct())}.");
        }
        catch (RedisServerException)
        {
            return HealthCheckResult.Degraded("Redis does not tell how durable it is (CONFIG GET is refused).");
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy("Redis does not answer.");
        }
    }
}
