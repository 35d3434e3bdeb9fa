using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>A draft with its version, for compare-and-set.</summary>
internal sealed record StoredDraft(CheckoutDraft Draft, long Version);

/// <summary>The drafts in Redis. The key of a draft contains its principal, so that calls of other principals do not find it.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> if Redis is unreachable, and then nothing is sold.</remarks>
internal sealed class CheckoutDrafts(IConnectionMultiplexer redis, TimeProvider time)
{
    private const string DraftField = "draft";
    private const string VersionField = "version";

    // Expired drafts are kept for a day so that they can be distinguished from unknown ids.
    private static readonly TimeSpan s_expiredRetention = TimeSpan.FromHours(24);

    // Sold drafts are kept for longer, because get_order returns their lines.
    private static readonly TimeSpan s_soldRetention = TimeSpan.FromDays(90);

    // The buyer's data is needed for as long as the payment page can be changed: a session lives for a day at most.
    private static readonly TimeSpan s_buyerRetention = TimeSpan.FromHours(48);

    /// <summary>The caller's draft of this id, or null.</summary>
    public async Task<StoredDraft?> FindAsync(Caller caller, string id)
    {
        if (!CheckoutDraft.IsWellFormed(id))
        {
            return null;
        }

        var key = KeyOf(caller, id);
        var database = redis.GetDatabase();
        var (fields, buyer) = (database.HashGetAsync(key, [DraftField, VersionField]), database.StringGetAsync(BuyerOf(key)));
        var stored = await fields;
        if (stored[0].IsNull)
        {
            return null;
        }

        // Earlier versions stored the buyer in the draft.
        var draft = JsonSerializer.Deserialize((string)stored[0]!, UcpJson.Default.CheckoutDraft)!;
        return new StoredDraft(
            await buyer is { IsNull: false } known ? draft with { Buyer = JsonSerializer.Deserialize((string)known!, UcpJson.Default.UcpBuyer) } : draft,
            (long)stored[1]);
    }

    /// <summary>Stores a new draft.</summary>
    public Task AddAsync(Caller caller, CheckoutDraft draft) => TryWriteAsync(caller, draft, Condition.KeyNotExists(KeyOf(caller, draft.Id)), version: 1);

    /// <summary>Replaces the draft that was read, unless another call has changed it since.</summary>
    public Task<bool> TryReplaceAsync(Caller caller, StoredDraft read, CheckoutDraft draft) =>
        TryWriteAsync(caller, draft, Condition.HashEqual(KeyOf(caller, draft.Id), VersionField, read.Version), read.Version + 1);

    private Task<bool> TryWriteAsync(Caller caller, CheckoutDraft draft, Condition condition, long version)
    {
        var key = KeyOf(caller, draft.Id);
        var transaction = redis.GetDatabase().CreateTransaction();
        transaction.AddCondition(condition);
        _ = transaction.HashSetAsync(
            key,
            [
                new HashEntry(DraftField, JsonSerializer.Serialize(draft with { Buyer = null }, UcpJson.Default.CheckoutDraft)), new HashEntry(VersionField, version),
            ]);
        var lifetime = LifetimeOf(draft);
        _ = transaction.KeyExpireAsync(key, lifetime);
        if (draft.Buyer is { } buyer)
        {
            _ = transaction.StringSetAsync(
                BuyerOf(key), JsonSerializer.Serialize(buyer, UcpJson.Default.UcpBuyer), lifetime < s_buyerRetention ? lifetime : s_buyerRetention);
        }
        else
        {
            _ = transaction.KeyDeleteAsync(BuyerOf(key));
        }

        return transaction.ExecuteAsync();
    }

    private static RedisKey KeyOf(Caller caller, string id) => $"co:ucp:draft:{Owner(caller)}:{id}";

    /// <summary>The buyer of a draft, in the draft's slot.</summary>
    private static RedisKey BuyerOf(RedisKey draft) => $"co:ucp:buyer:{{{draft}}}";

    /// <summary>A principal in a Redis key: a digest of fixed length.</summary>
    public static string Owner(Caller caller) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller.Id)).AsSpan(0, 16));

    private TimeSpan LifetimeOf(CheckoutDraft draft)
    {
        if (draft.Phase is DraftPhase.Completing)
        {
            return s_soldRetention;
        }

        var left = draft.ExpiresAt - time.GetUtcNow();
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + s_expiredRetention;
    }
}
