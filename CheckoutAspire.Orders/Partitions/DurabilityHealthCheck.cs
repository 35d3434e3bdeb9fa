using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>
/// Reports a Redis that may lose what it has confirmed: the ledger needs <c>appendonly yes</c>, <c>appendfsync always</c>,
/// <c>no-appendfsync-on-rewrite no</c> and <c>maxmemory-policy noeviction</c>, and replicas that acknowledge. <c>appendfsync everysec</c> is enough if the
/// services wait for the disk. The result is degraded, not unhealthy, because the service still works with a weaker guarantee.
/// </summary>
internal sealed class DurabilityHealthCheck(IConnectionMultiplexer redis, IOptions<OrdersOptions> options) : IHealthCheck
{
    private static readonly (string Setting, string Wanted)[] s_wanted =
        [("appendonly", "yes"), ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "no"), ("maxmemory-policy", "noeviction")];

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var weaknesses = new List<string>();
            foreach (var server in redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
            {
                foreach (var (setting, wanted) in s_wanted)
                {
                    // CONFIG GET returns the name and the value: an array in RESP2, a map in RESP3.
                    var reply = await server.ExecuteAsync("CONFIG", "GET", setting);
                    if (reply.Length == 2 && (string?)reply[1] is { } actual && actual != wanted && !(options.Value.WaitForDisk && actual == "everysec"))
                    {
                        weaknesses.Add($"{setting} is {actual}, not {wanted}");
                    }
                }

                if (options.Value.WaitForReplicas == 0 && await CountReplicasAsync(server) is > 0 and var replicas)
                {
                    weaknesses.Add(
                        $"{(replicas == 1 ? "1 replica is" : $"{replicas} replicas are")} asynchronous and may lack writes when promoted"
                        + " (Orders__WaitForReplicas)");
                }
            }

            return weaknesses.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded($"Redis may lose what it has confirmed: {string.Join("; ", weaknesses.Distinct())}.");
        }
        catch (RedisServerException)
        {
            return HealthCheckResult.Degraded("Redis does not report its durability settings: CONFIG GET is refused.");
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy("Redis does not answer.");
        }
    }

    /// <summary>Reads the number in <c>connected_slaves:1</c>.</summary>
    private static async Task<int> CountReplicasAsync(IServer server) =>
        (await server.InfoAsync("replication")).SelectMany(section => section)
            .Where(line => line.Key == "connected_slaves")
            .Select(line => int.Parse(line.Value, CultureInfo.InvariantCulture))
            .FirstOrDefault();
}
