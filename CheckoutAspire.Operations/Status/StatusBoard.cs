using System.Text.Json;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Status;

/// <summary>The last reading of the system's state, in Redis: every instance shows it by one command, however many partitions there are.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
internal sealed class StatusBoard(IConnectionMultiplexer redis, StatusReader reader)
{
    private static readonly RedisKey s_key = "co:ledger:operations:status";
    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(5);

    public Task SetAsync(SystemStatus status) => redis.GetDatabase().StringSetAsync(s_key, JsonSerializer.SerializeToUtf8Bytes(status), s_kept);

    /// <summary>Returns the last reading, or reads the state now if no instance has stored one yet.</summary>
    public async Task<SystemStatus> ReadAsync()
    {
        var stored = await redis.GetDatabase().StringGetAsync(s_key);
        try
        {
            return stored.IsNull ? await reader.ReadAsync() : JsonSerializer.Deserialize<SystemStatus>((byte[])stored!) ?? await reader.ReadAsync();
        }
        catch (JsonException)
        {
            // An instance of another version wrote it.
            return await reader.ReadAsync();
        }
    }
}
