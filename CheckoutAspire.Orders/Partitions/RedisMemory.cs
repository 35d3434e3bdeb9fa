using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>The memory of the Redis server that is closest to its limit.</summary>
/// <param name="Used">The bytes that it uses.</param>
/// <param name="Limit">The bytes that it may use: <c>maxmemory</c>, or the machine's memory if that is not set. 0 if it is unknown.</param>
public sealed record MemoryFigures(long Used, long Limit)
{
    /// <summary>The share of the limit that is used, from 0 to 1; 0 if the limit is unknown.</summary>
    public double Share => Limit > 0 ? (double)Used / Limit : 0;
}

/// <summary>Reads how much memory Redis uses.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer, or does not permit INFO.</remarks>
public sealed class RedisMemory(IConnectionMultiplexer redis)
{
    /// <summary>Reads the memory of each server that is connected and not a replica.</summary>
    public async Task<MemoryFigures> ReadAsync()
    {
        var servers = await Task.WhenAll(redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).Select(ReadAsync));
        return servers.OrderByDescending(server => server.Share).FirstOrDefault() ?? new MemoryFigures(0, 0);
    }

    /// <summary>Reads <c>used_memory:1048576</c> and the limits next to it.</summary>
    private static async Task<MemoryFigures> ReadAsync(IServer server)
    {
        var lines = (await server.InfoAsync("memory")).SelectMany(section => section).ToLookup(line => line.Key, line => line.Value, StringComparer.Ordinal);
        var (used, limit, machine) = (Number("used_memory"), Number("maxmemory"), Number("total_system_memory"));
        return new MemoryFigures(used, limit > 0 ? limit : machine);

        long Number(string name) => long.TryParse(lines[name].FirstOrDefault(), CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
