using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>
/// Moves what is old out of Redis, in batches: journal entries, the orders that they name, and the audit. The journal is the index of orders by age: the last
/// entry of an order is as old as its last change.
/// </summary>
/// <remarks>
/// Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis or the archive does not answer. Several workers may do it at once; the
/// lease only saves them the effort.
/// </remarks>
public sealed class JournalArchiving(IConnectionMultiplexer redis, IOrderArchive archive, OrderArchiving orders)
{
    /// <summary>The stream of the audit.</summary>
    public const string AuditStream = "co:audit";

    private const int BatchSize = 250;
    private static readonly RedisKey s_lease = "co:ledger:archiving";

    /// <summary>When an order is looked at again that waits for something other than its next step, at the latest.</summary>
    private static readonly TimeSpan s_lookAgainWithin = TimeSpan.FromDays(1);

    private readonly RedisValue _holder = $"{Environment.MachineName}-{Guid.NewGuid():N}";

    /// <summary>Takes, or extends, the lease under which one worker at a time archives.</summary>
    public async Task<bool> TryLeadAsync(TimeSpan duration)
    {
        var database = redis.GetDatabase();
        return await database.LockExtendAsync(s_lease, _holder, duration) || await database.LockTakeAsync(s_lease, _holder, duration);
    }

    /// <summary>Gives the lease up.</summary>
    public Task ReleaseAsync() => redis.GetDatabase().LockReleaseAsync(s_lease, _holder);

    /// <summary>Moves the oldest batch of a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">The time.</param>
    /// <param name="before">What has changed since this time stays.</param>
    /// <returns>How many orders were moved, and whether there may be more to do.</returns>
    public async Task<(int Moved, bool HasMore)> ArchiveAsync(LedgerPartition partition, DateTimeOffset now, DateTimeOffset before)
    {
        var database = redis.GetDatabase();
        var postponed = await database.SortedSetRangeByScoreAsync(partition.ArchiveLater, stop: now.ToUnixTimeMilliseconds(), take: BatchSize);

        // Notices to the merchant are read from the journal too (ADR 0020).
        var read = await database.StringGetAsync(partition.NoticesCursor);
        var end = read.IsNull || TimeOf(read.ToString()) >= before.ToUnixTimeMilliseconds() ? EndOf(before) : read;
        var (entries, steps, hasMore) = await ReadAsync(partition, end);
        if (postponed.Length == 0 && entries.Count == 0)
        {
            return (0, false);
        }

        string[] ids = [.. steps.Select(step => step.OrderId).Concat(postponed.Select(id => id.ToString())).Distinct(StringComparer.Ordinal)];

        // An order leaves with its last entry, not with an earlier one: the archive has all steps of the orders that it has, even if Redis then goes back in time.
        var through = TimeOf((hasMore ? entries[^1] : end).ToString());
        var outcomes = await orders.ArchiveAsync(partition, ids, DateTimeOffset.FromUnixTimeMilliseconds(through + 1), steps);

        // The entries leave last: whatever ended the worker before this, the next one finds them again.
        var lookAgain = now + (now - before is var age && age < s_lookAgainWithin ? age : s_lookAgainWithin);
        RedisValue[] done = [.. outcomes.Where(one => one.Outcome is not (ArchiveOutcome.Later or ArchiveOutcome.Changed)).Select(one => (RedisValue)one.Id)];
        SortedSetEntry[] later =
        [
            .. outcomes.Where(one => one.Outcome is ArchiveOutcome.Later or ArchiveOutcome.Changed)
                .Select(one => new SortedSetEntry(one.Id, lookAgain.ToUnixTimeMilliseconds())),
        ];
        await Task.WhenAll(
            done.Length > 0 && postponed.Length > 0 ? database.SortedSetRemoveAsync(partition.ArchiveLater, done) : Task.CompletedTask,
            later.Length > 0 ? database.SortedSetAddAsync(partition.ArchiveLater, later) : Task.CompletedTask);
        if (entries.Count > 0)
        {
            await database.StreamDeleteAsync(partition.Journal, [.. entries]);
        }

        return (outcomes.Count(one => one.Outcome is ArchiveOutcome.Moved), postponed.Length == BatchSize || hasMore);
    }

    /// <summary>Moves the oldest batch of the audit.</summary>
    /// <returns>Whether there may be more to do.</returns>
    public async Task<bool> ArchiveAuditAsync(DateTimeOffset before)
    {
        var database = redis.GetDatabase();
        var entries = await database.StreamRangeAsync(AuditStream, "-", EndOf(before), BatchSize);
        if (entries.Length > 0)
        {
            await archive.SaveAuditAsync(
            [
                .. entries.Select(entry => new ArchivedAuditEntry(
                    entry.Id.ToString(), entry.Values.ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal))),
            ]);
            await database.StreamDeleteAsync(AuditStream, [.. entries.Select(entry => entry.Id)]);
        }

        return entries.Length == BatchSize;
    }

    /// <summary>Reads the oldest entries of a journal: as many as have about a batch of steps, because one entry may name many orders.</summary>
    private async Task<(List<RedisValue> Entries, List<ArchivedStep> Steps, bool HasMore)> ReadAsync(LedgerPartition partition, RedisValue end)
    {
        var oldest = await redis.GetDatabase().StreamRangeAsync(partition.Journal, "-", end, BatchSize);
        List<RedisValue> entries = [];
        List<ArchivedStep> steps = [];
        foreach (var entry in oldest)
        {
            if (steps.Count >= BatchSize)
            {
                break;
            }

            entries.Add(entry.Id);
            steps.AddRange(JournalSteps.Of(partition, entry));
        }

        return (entries, steps, oldest.Length == BatchSize || entries.Count < oldest.Length);
    }

    /// <summary>The time of a stream's entry: 1763884800123 of 1763884800123-0, or of the end of a range, which may be without a sequence number.</summary>
    private static long TimeOf(string entryId) => long.Parse(entryId.Split('-')[0], CultureInfo.InvariantCulture);

    /// <summary>The last id that a stream may give to an entry before a time.</summary>
    private static RedisValue EndOf(DateTimeOffset before) => before.ToUnixTimeMilliseconds() - 1;
}
