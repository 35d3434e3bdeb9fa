using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Reads the whole audit and selects the entries of a test.</summary>
internal static class AuditReader
{
    public static async Task<IReadOnlyList<Dictionary<string, string>>> ReadAsync(IConnectionMultiplexer redis, string principal) =>
        [.. (await redis.GetDatabase().StreamRangeAsync("co:audit"))
            .Select(entry => entry.Values.ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal))
            .Where(entry => entry["principal"] == principal)];
}
