using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>What is kept of an idempotency key.</summary>
/// <param name="Digest">Of the arguments that came with it.</param>
/// <param name="Answer">The answer as it was given; null while it is being worked out.</param>
internal sealed record KeyRecord(string Digest, string? Answer);

/// <summary>
/// Same key and arguments, same answer; same key and other arguments, a refusal; per principal and tool:
/// <see href="https://ucp.dev/2026-04-08/specification/signatures#replay-protection"/>. What it guards may be carried out twice all
/// the same, for what it does is done once: a process that dies midway leaves a lease that ends.
/// </summary>
internal sealed class UcpIdempotency(IConnectionMultiplexer redis)
{
    // Recommended by the specification; 24 hours are the least.
    private static readonly TimeSpan s_retention = TimeSpan.FromHours(48);

    // Longer than a call to Stripe with its retries takes.
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(60);

    /// <summary>Works out the answer, or repeats it. An exception leaves no trace: the key may be used again.</summary>
    public async Task<string> RunAsync(Caller caller, string tool, string key, string digest, Func<Task<string>> work)
    {
        var database = redis.GetDatabase();
        RedisKey record = $"co:ucp:key:{CheckoutDrafts.Owner(caller)}:{tool}:{Hash(key)}";
        while (!await database.StringSetAsync(record, Write(new KeyRecord(digest, Answer: null)), s_lease, When.NotExists))
        {
            var stored = await database.StringGetAsync(record);
            if (stored.IsNull)
            {
                // Its lease has just ended.
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
