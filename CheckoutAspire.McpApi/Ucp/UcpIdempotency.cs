using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The record of an idempotency key.</summary>
/// <param name="Digest">Digest of the arguments of the first call.</param>
/// <param name="Answer">The response; null while the first call is running.</param>
internal sealed record KeyRecord(string Digest, string? Answer);

/// <summary>
/// The same key with the same arguments returns the same response, and with other arguments an error, per principal and tool:
/// <see href="https://ucp.dev/2026-04-08/specification/signatures#replay-protection"/>. If a process dies midway, its lease ends and the operation
/// runs again, which is safe because every operation is idempotent itself.
/// </summary>
internal sealed class UcpIdempotency(IConnectionMultiplexer redis)
{
    // Recommended by the specification, which requires at least 24 hours.
    private static readonly TimeSpan s_retention = TimeSpan.FromHours(48);

    // Longer than a call to Stripe with its retries.
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(60);

    /// <summary>Runs the operation, or returns its earlier response. After an exception the key can be used again.</summary>
    public async Task<string> RunAsync(Caller caller, string tool, string key, string digest, Func<Task<string>> work)
    {
        var database = redis.GetDatabase();
        RedisKey record = $"co:ucp:key:{CheckoutDrafts.Owner(caller)}:{tool}:{Hash(key)}";
        while (!await database.StringSetAsync(record, Write(new KeyRecord(digest, Answer: null)), s_lease, When.NotExists))
        {
            var stored = await database.StringGetAsync(record);
            if (stored.IsNull)
            {
                // The lease has just ended.
                continue;
            }

            var earlier = JsonSerializer.Deserialize((string)stored!, UcpJson.Default.KeyRecord)!;
            if (earlier.Digest != digest)
            {
                throw UcpErrors.KeyConflict();
            }

            return earlier.Answer ?? throw UcpErrors.KeyInFlight();
        }

        string answer;
        try
        {
            answer = await work();
        }
        catch
        {
            await database.KeyDeleteAsync(record);
            throw;
        }

        await database.StringSetAsync(record, Write(new KeyRecord(digest, answer)), s_retention);
        return answer;
    }

    private static string Write(KeyRecord record) => JsonSerializer.Serialize(record, UcpJson.Default.KeyRecord);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
