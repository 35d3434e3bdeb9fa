using System.Globalization;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>How safely the ledger's Redis servers keep what they have confirmed.</summary>
/// <param name="AppendFsync">When the append-only file reaches the disk: <c>always</c>, <c>everysec</c> or <c>no</c>; <c>off</c> without such a file. Several servers that differ have several values.</param>
/// <param name="Replicas">The replicas of the server that has the fewest.</param>
/// <param name="Weaknesses">What is configured less safely than the ledger needs, for example <c>appendfsync is everysec, not always</c>.</param>
public sealed record Durability(string AppendFsync, int Replicas, IReadOnlyList<string> Weaknesses);

/// <summary>
/// Reads how durable Redis is. The ledger needs <c>appendonly yes</c>, <c>appendfsync always</c>, <c>no-appendfsync-on-rewrite no</c> and
/// <c>maxmemory-policy noeviction</c>, and replicas that acknowledge. <c>appendfsync everysec</c> is enough if the services wait for the disk.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer, or does not permit the questions.</remarks>
public sealed class LedgerDurability(IConnectionMultiplexer redis, IOptions<OrdersOptions> options)
{
    private const string AppendOnly = "appendonly";
    private const string AppendFsync = "appendfsync";

    private static readonly (string Setting, string Wanted)[] s_wanted =
        [(AppendOnly, "yes"), (AppendFsync, "always"), ("no-appendfsync-on-rewrite", "no"), ("maxmemory-policy", "noeviction")];

    /// <summary>Reads the settings and the number of replicas of each server that is connected and not a replica.</summary>
    public async Task<Durability> ReadAsync()
    {
        var (weaknesses, syncs, fewest) = (new List<string>(), new SortedSet<string>(StringComparer.Ordinal), int.MaxValue);
        foreach (var server in redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            var settings = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (setting, wanted) in s_wanted)
            {
                // CONFIG GET returns the name and the value: an array in RESP2, a map in RESP3.
                var reply = await server.ExecuteAsync("CONFIG", "GET", setting);
                if (reply.Length == 2 && (string?)reply[1] is { } actual)
                {
                    settings[setting] = actual;
                    if (actual != wanted && !(options.Value.WaitForDisk && actual == "everysec"))
                    {
                        weaknesses.Add($"{setting} is {actual}, not {wanted}");
                    }
                }
            }

            syncs.Add(settings.GetValueOrDefault(AppendOnly) == "no" ? "off" : settings.GetValueOrDefault(AppendFsync, "unknown"));
            var replicas = await CountReplicasAsync(server);
            fewest = Math.Min(fewest, replicas);
            if (options.Value.WaitForReplicas == 0 && replicas > 0)
            {
                weaknesses.Add(
                    $"{(replicas == 1 ? "1 replica is" : $"{replicas} replicas are")} asynchronous and may lack writes when promoted"
                    + " (Orders__WaitForReplicas)");
            }
        }

        return new Durability(string.Join(", ", syncs), fewest == int.MaxValue ? 0 : fewest, [.. weaknesses.Distinct()]);
    }

    /// <summary>Reads the number in <c>connected_slaves:1</c>.</summary>
    private static async Task<int> CountReplicasAsync(IServer server) =>
        (await server.InfoAsync("replication")).SelectMany(section => section)
            .Where(line => line.Key == "connected_slaves")
            .Select(line => int.Parse(line.Value, CultureInfo.InvariantCulture))
            .FirstOrDefault();
}
