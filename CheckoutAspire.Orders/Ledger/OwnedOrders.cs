using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>A session in its owner's list.</summary>
/// <param name="SessionId">The Checkout Session's id.</param>
/// <param name="CreatedAt">When the ledger recorded it.</param>
public readonly record struct OwnedSession(string SessionId, DateTimeOffset CreatedAt);

/// <summary>The sessions of each owner: an index in each session's own partition, and the archive.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class OwnedOrders(IConnectionMultiplexer redis, LedgerPartitions partitions, IOrderArchive? archive = null)
{
    private static readonly Comparer<OwnedSession> s_newestFirst = Comparer<OwnedSession>.Create(static (left, right) =>
        right.CreatedAt.CompareTo(left.CreatedAt) is var byTime and not 0 ? byTime : string.CompareOrdinal(right.SessionId, left.SessionId));

    /// <summary>The sessions of an owner or of one of its buyers, newest first.</summary>
    /// <param name="owner">The owner, or the digest of the owner and the buyer, as in <see cref="NewOrder"/>.</param>
    /// <param name="after">The last session of the previous page, or null for the first page.</param>
    /// <param name="count">The maximum number of sessions.</param>
    public async Task<IReadOnlyList<OwnedSession>> ListAsync(string owner, OwnedSession? after, int count)
    {
        var pages = await Task.WhenAll(partitions.All.Select(partition => ListAsync(partition.Owned(owner), after, count)));
        IEnumerable<OwnedSession> archived = archive is null
            ? []
            : (await archive.ListAsync(owner, after is { } last ? (last.SessionId, last.CreatedAt) : null, count)).Select(
                found => new OwnedSession(found.Id, found.CreatedAt));

        // A session that was brought back is in both.
        return [.. pages.SelectMany(page => page).Concat(archived).DistinctBy(session => session.SessionId).Order(s_newestFirst).Take(count)];
    }

    private async Task<List<OwnedSession>> ListAsync(RedisKey owned, OwnedSession? after, int count)
    {
        var newest = after?.CreatedAt.ToUnixTimeMilliseconds() ?? double.PositiveInfinity;
        List<OwnedSession> found = [];
        for (var skip = 0L; ; skip += count)
        {
            var entries = await redis.GetDatabase().SortedSetRangeByScoreWithScoresAsync(
                owned, stop: newest, order: StackExchange.Redis.Order.Descending, skip: skip, take: count);
            // Sessions of the same millisecond are sorted by id. Those of the previous page are skipped.
            found.AddRange(entries
                .Select(entry => new OwnedSession(entry.Element.ToString(), DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Score)))
                .Where(session => after is not { } last || s_newestFirst.Compare(last, session) < 0));
            if (entries.Length < count || found.Count >= count)
            {
                return found;
            }
        }
    }
}
