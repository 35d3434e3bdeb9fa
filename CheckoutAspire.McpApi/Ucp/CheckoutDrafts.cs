using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>A draft together with its version, which its successor must still find there.</summary>
internal sealed record StoredDraft(CheckoutDraft Draft, long Version);

/// <summary>The drafts in Redis. Each belongs to the principal who made it: its key has the principal in it, so nobody else's call finds it.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer: then nothing is sold.</remarks>
internal sealed class CheckoutDrafts(IConnectionMultiplexer redis, TimeProvider time)
{
    private const string DraftField = "draft";
    private const string VersionField = "version";

    // For a while an expired one is told from one that never was.
    private static readonly TimeSpan s_afterlife = TimeSpan.FromHours(24);

    // What was sold is looked up for longer: get_order names its lines.
    private static readonly TimeSpan s_retention = TimeSpan.FromDays(90);

    /// <summary>The caller's draft of this id, or null.</summary>
    public async Task<StoredDraft?> FindAsync(Caller caller, string id)
    {
        if (!CheckoutDraft.IsWellFormed(id))
        {
            return null;
        }

        var stored = await redis.GetDatabase().HashGetAsync(KeyOf(caller, id), [DraftField, VersionField]);
        return stored[0].IsNull
            ? null
            : new StoredDraft(JsonSerializer.Deserialize((string)stored[0]!, UcpJson.Default.CheckoutDraft)!, (long)stored[1]);
    }

    /// <summary>Keeps a new draft.</summary>
    public Task AddAsync(Caller caller, CheckoutDraft draft) => TryWriteAsync(caller, draft, Condition.KeyNotExists(KeyOf(caller, draft.Id)), version: 1);

    /// <summary>Puts a draft in the place of the one that was read, unless another call was faster.</summary>
    public Task<bool> TryReplaceAsync(Caller caller, StoredDraft read, CheckoutDraft draft) =>
        TryWriteAsync(caller, draft, Condition.HashEqual(KeyOf(caller, draft.Id), VersionField, read.Version), read.Version + 1);

    private Task<bool> TryWriteAsync(Caller caller, CheckoutDraft draft, Condition condition, long version)
    {
        var key = KeyOf(caller, draft.Id);
        var transaction = redis.GetDatabase().CreateTransaction();
        transaction.AddCondition(condition);
        _ = transaction.HashSetAsync(
            key, [new HashEntry(DraftField, JsonSerializer.Serialize(draft, UcpJson.Default.CheckoutDraft)), new HashEntry(VersionField, version)]);
        _ = transaction.KeyExpireAsync(key, LifeOf(draft));
        return transaction.ExecuteAsync();
    }

    private static RedisKey KeyOf(Caller caller, string id) => $"co:ucp:draft:{Owner(caller)}:{id}";

    /// <summary>A principal in a key: of fixed form and length, whatever its name is.</summary>
    public static string Owner(Caller caller) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller.Id)).AsSpan(0, 16));

    private TimeSpan LifeOf(CheckoutDraft draft)
    {
        if (draft.Phase is DraftPhase.Completing)
        {
            return s_retention;
        }

        var left = draft.ExpiresAt - time.GetUtcNow();
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + s_afterlife;
    }
}
