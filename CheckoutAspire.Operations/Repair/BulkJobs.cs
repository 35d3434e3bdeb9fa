using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Orders.Transitions;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Repair;

/// <summary>What is done to many dead letters or held orders.</summary>
public enum BulkAction
{
    /// <summary>Dead letters go back into the stream.</summary>
    Redrive,

    /// <summary>Dead letters are deleted.</summary>
    Dismiss,

    /// <summary>Held orders that are paid, and whose sale is proven, are fulfilled.</summary>
    Approve,

    /// <summary>Held orders are ended.</summary>
    Reject,
}

/// <summary>What an operator asked for: an action on everything that matches.</summary>
/// <param name="Action">The action.</param>
/// <param name="Matching">A part of the reason, without regard to case; null for any.</param>
/// <param name="Since">Dead or held since this time or later; null for any.</param>
/// <param name="Before">Dead or held before this time: what comes later is not meant.</param>
/// <param name="Why">Who asked for it, and why.</param>
/// <param name="Orders">Which other conditions a held order meets; null for any.</param>
public sealed record BulkOrder(BulkAction Action, string? Matching, DateTimeOffset? Since, DateTimeOffset Before, string Why, OrderFilter? Orders = null)
{
    /// <summary>The matching dead letters.</summary>
    public DeadLetterFilter Filter => new(Matching, Since, Before);
}

/// <summary>How far a bulk action is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Order">What was asked for.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="Done">How many are done. If the service died, up to one batch may be missing from the count.</param>
/// <param name="Left">How many were left as they are.</param>
/// <param name="Cursor">Where it goes on; null at the start.</param>
/// <param name="EndedAt">When it ended, or null.</param>
public sealed record BulkJob(string Id, BulkOrder Order, DateTimeOffset CreatedAt, long Done, long Left, string? Cursor, DateTimeOffset? EndedAt);

/// <summary>
/// The bulk actions, kept in Redis until a week after they were asked for. An instance that dies while it runs one leaves it to the next: what is done is done
/// by a script for each letter or order, so that none is done twice.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
internal sealed class BulkJobs(IConnectionMultiplexer redis, TimeProvider time)
{
    private const int Listed = 50;
    private const int IdBytes = 8;

    private static readonly RedisKey s_index = "co:ledger:operations:bulk";
    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(10);

    private readonly RedisValue _holder = $"{Environment.MachineName}-{Guid.NewGuid():N}";

    /// <summary>Stores a bulk action. From now on it is done, whatever happens to this process.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> AddAsync(BulkOrder order)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var (database, now) = (redis.GetDatabase(), time.GetUtcNow());
        await database.HashSetAsync(Key(id), "created_at", now.ToUnixTimeMilliseconds());
        await database.HashSetAsync(Key(id), "order", JsonSerializer.Serialize(order));
        await database.KeyExpireAsync(Key(id), s_keptFor);
        await database.SortedSetAddAsync(s_index, id, now.ToUnixTimeMilliseconds());
        return id;
    }

    /// <summary>The newest bulk actions, newest first.</summary>
    public async Task<IReadOnlyList<BulkJob>> ListAsync()
    {
        await redis.GetDatabase().SortedSetRemoveRangeByScoreAsync(s_index, double.NegativeInfinity, (time.GetUtcNow() - s_keptFor).ToUnixTimeMilliseconds());
        var ids = await redis.GetDatabase().SortedSetRangeByRankAsync(s_index, -Listed, -1);
        return [.. (await Task.WhenAll(ids.Reverse().Select(id => FindAsync(id.ToString())))).OfType<BulkJob>()];
    }

    /// <summary>A bulk action, or null.</summary>
    public async Task<BulkJob?> FindAsync(string id)
    {
        var fields = (await redis.GetDatabase().HashGetAllAsync(Key(id))).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal);
        return fields.TryGetValue("order", out var order)
            ? new BulkJob(
                id, JsonSerializer.Deserialize<BulkOrder>(order)!, Time("created_at") ?? default, Number("done"), Number("left"), fields.GetValueOrDefault("cursor"), Time("ended_at"))
            : null;

        long Number(string name) => fields.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        DateTimeOffset? Time(string name) => Number(name) is > 0 and var milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    /// <summary>Takes, or extends, the lease of a bulk action: one instance runs it at a time.</summary>
    public async Task<bool> TryTakeAsync(string id)
    {
        var database = redis.GetDatabase();
        return await database.LockExtendAsync(Lease(id), _holder, s_lease) || await database.LockTakeAsync(Lease(id), _holder, s_lease);
    }

    /// <summary>Stores how far a bulk action is; without a cursor it has ended.</summary>
    public async Task AdvanceAsync(string id, int done, int left, string? cursor)
    {
        var database = redis.GetDatabase();
        await Task.WhenAll(
            database.HashIncrementAsync(Key(id), "done", done),
            database.HashIncrementAsync(Key(id), "left", left),
            cursor is null ? database.HashSetAsync(Key(id), "ended_at", time.GetUtcNow().ToUnixTimeMilliseconds()) : database.HashSetAsync(Key(id), "cursor", cursor));
    }

    /// <summary>Lets another instance take a bulk action at once.</summary>
    public Task ReleaseAsync(string id) => redis.GetDatabase().LockReleaseAsync(Lease(id), _holder);

    private static RedisKey Key(string id) => "co:ledger:operations:bulk:" + id;

    private static RedisKey Lease(string id) => $"co:ledger:operations:bulk:{id}:lease";
}
