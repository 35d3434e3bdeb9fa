using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>What became of an order that was to leave Redis.</summary>
public enum ArchiveOutcome
{
    /// <summary>It is in the archive, and Redis has its tombstone.</summary>
    Moved,

    /// <summary>Redis does not have it.</summary>
    Unknown,

    /// <summary>It changed too recently.</summary>
    Recent,

    /// <summary>It is not settled. Its next step is in the journal, by which it is found again.</summary>
    Open,

    /// <summary>It may leave without a further step: what it waits for is not a step, or it is not certain which entry of the journal is its last.</summary>
    Later,

    /// <summary>It changed while it was written to the archive.</summary>
    Changed,
}

/// <summary>What became of an order that was to return to Redis.</summary>
public enum UnarchiveOutcome
{
    /// <summary>Redis has it.</summary>
    Returned,

    /// <summary>It has no tombstone, and is not in the archive if it was looked for there.</summary>
    NoTombstone,

    /// <summary>It has a tombstone and is not in the archive: another order has the same tombstone, or the archive was lost.</summary>
    NotInArchive,
}

/// <summary>An order that may leave Redis, as the first of the two calls of <c>archive_order.lua</c> read it.</summary>
/// <param name="Order">The order.</param>
/// <param name="Digest">The digest of what was read.</param>
public sealed record SettledOrder(ArchivedOrder Order, string Digest);

/// <summary>Moves settled orders from Redis to the archive, and back (ADR 0019). An order is written to the archive before it leaves Redis.</summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis or the archive does not answer. A repetition is safe.</remarks>
public sealed class OrderArchiving(
    IConnectionMultiplexer redis, LedgerPartitions partitions, IOrderArchive archive, Tombstones tombstones, IOptions<StripeOptions> stripe)
{
    private static readonly LedgerScript s_archive = new("archive_order");
    private static readonly LedgerScript s_unarchive = new("unarchive_order");

    private static readonly HashSet<string> s_none = [];

    /// <summary>By how much the time of a step, which a script asks for, and that of its journal entry, which Redis gives, may differ.</summary>
    private static readonly TimeSpan s_clockMargin = TimeSpan.FromSeconds(1);

    /// <summary>Moves orders of one partition to the archive, together with journal entries, which stay in the stream.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="orderIds">The orders.</param>
    /// <param name="before">They must not have changed since this time. One that changed less than a second later is looked at again.</param>
    /// <param name="steps">Journal entries that are stored in the same transaction.</param>
    public async Task<IReadOnlyList<(string Id, ArchiveOutcome Outcome)>> ArchiveAsync(
        LedgerPartition partition, IReadOnlyList<string> orderIds, DateTimeOffset before, IReadOnlyCollection<ArchivedStep> steps)
    {
        var read = await Task.WhenAll(orderIds.Select(async id => (Id: id, Read: await ReadAsync(partition, id, before + s_clockMargin))));
        var settled = read.Select(one => one.Read.Settled).OfType<SettledOrder>().ToLookup(one => one.Order.ChangedAt < before);
        await SaveAsync([.. settled[true]], steps);
        var moved = await Task.WhenAll(settled[true].Select(async one => (one.Order.Id, Outcome: await RemoveAsync(partition, one, before))));
        return
        [
            .. read.Where(one => one.Read.Settled is null).Select(one => (one.Id, one.Read.Outcome)),
            .. settled[false].Select(one => (one.Order.Id, ArchiveOutcome.Later)),
            .. moved,
        ];
    }

    /// <summary>Step 1: reads an order if it is settled.</summary>
    internal async Task<(ArchiveOutcome Outcome, SettledOrder? Settled)> ReadAsync(LedgerPartition partition, string id, DateTimeOffset before)
    {
        var reply = (RedisResult[])(await s_archive.EvaluateAsync(
            redis.GetDatabase(), KeysOf(partition, id, tombstones.LayoutOf(partition)), id, before.ToUnixTimeMilliseconds(), RedisValue.EmptyString))!;
        return (string?)reply[0] == "settled"
            ? (ArchiveOutcome.Moved, new SettledOrder(ToArchived(id, (RedisValue[])reply[2]!, (RedisValue[])reply[3]!), (string)reply[1]!))
            : (Parse((string?)reply[0]), null);
    }

    /// <summary>Step 2: writes orders to the archive. From then on it also knows to which order an intent or a subscription belongs.</summary>
    internal async Task SaveAsync(IReadOnlyList<SettledOrder> settled, IReadOnlyCollection<ArchivedStep> steps)
    {
        if (settled.Count == 0 && steps.Count == 0)
        {
            return;
        }

        // Each time: a restored backup, or a Redis that was lost, does not have it.
        var database = redis.GetDatabase();
        await database.HashSetAsync(LedgerIdentityCheck.Stamp, LedgerArchive.Field, 1);
        await archive.SaveAsync([.. settled.Select(one => one.Order)], steps);

        // Each is in the partition of its own id, so that no script can delete it together with the order.
        await Task.WhenAll(settled.SelectMany(one => one.Order.References).Select(id => database.KeyDeleteAsync(partitions.Of(id).Intent(id))));
    }

    /// <summary>Step 3: removes an order from Redis and leaves its tombstone, unless it has changed since it was read.</summary>
    internal async Task<ArchiveOutcome> RemoveAsync(LedgerPartition partition, SettledOrder settled, DateTimeOffset before)
    {
        var order = settled.Order;
        while (true)
        {
            var layout = tombstones.LayoutOf(partition);
            var reply = (RedisResult[])(await s_archive.EvaluateAsync(
                redis.GetDatabase(),
                [.. KeysOf(partition, order.Id, layout), partition.Tombstones(layout.Buckets), partition.Tombstones(layout.Parent), .. ListsOf(partition, order)],
                order.Id, before.ToUnixTimeMilliseconds(), settled.Digest, TombstoneLayout.TombstoneOf(order.Id), layout.Buckets))!;
            if ((string?)reply[0] != "layout")
            {
                return Parse((string?)reply[0]);
            }

            tombstones.Learn(partition, (int)reply[1]);
        }
    }

    /// <summary>Brings back those orders of a partition that have left Redis.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="orderIds">The orders.</param>
    /// <param name="mayBeLost">Those that are looked for in the archive even without a tombstone, because Redis may have lost it.</param>
    public async Task<IReadOnlyDictionary<string, UnarchiveOutcome>> UnarchiveAsync(
        LedgerPartition partition, IReadOnlyList<string> orderIds, IReadOnlySet<string> mayBeLost)
    {
        var found = await tombstones.FindAsync(partition, orderIds);
        var outcomes = await Task.WhenAll(orderIds.Distinct(StringComparer.Ordinal).Select(async id => (
            Id: id,
            Outcome: !found.Contains(id) && !mayBeLost.Contains(id) ? UnarchiveOutcome.NoTombstone
                : await archive.FindAsync(id) is { } order ? await ReturnAsync(partition, order)
                : found.Contains(id) ? UnarchiveOutcome.NotInArchive
                : UnarchiveOutcome.NoTombstone)));
        return outcomes.ToDictionary(one => one.Id, one => one.Outcome, StringComparer.Ordinal);
    }

    /// <summary>Brings an order back if it has left Redis.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="mayBeLost">Whether it is looked for in the archive even without a tombstone, because Redis may have lost it.</param>
    public async Task<UnarchiveOutcome> UnarchiveAsync(string orderId, bool mayBeLost) =>
        (await UnarchiveAsync(partitions.Of(orderId), [orderId], mayBeLost ? new HashSet<string>(StringComparer.Ordinal) { orderId } : s_none))[orderId];

    private async Task<UnarchiveOutcome> ReturnAsync(LedgerPartition partition, ArchivedOrder order)
    {
        RedisValue[] renewals = [.. order.Renewals.SelectMany(renewal => (RedisValue[])[renewal.Value, renewal.Key])];
        while (true)
        {
            var layout = tombstones.LayoutOf(partition);
            var reply = (RedisResult[])(await s_unarchive.EvaluateAsync(
                redis.GetDatabase(),
                [.. KeysOf(partition, order.Id, layout), .. ListsOf(partition, order)],
                [
                    order.Id, TombstoneLayout.TombstoneOf(order.Id), layout.Buckets, order.CreatedAt.ToUnixTimeMilliseconds(), renewals.Length, .. renewals,
                    .. order.Fields.SelectMany(field => (RedisValue[])[field.Key, field.Value]),
                ]))!;
            if ((string?)reply[0] != "layout")
            {
                return UnarchiveOutcome.Returned;
            }

            tombstones.Learn(partition, (int)reply[1]);
        }
    }

    /// <summary>Names the keys by the same layout that the script receives. Another call may learn a newer layout in the meantime.</summary>
    private static RedisKey[] KeysOf(LedgerPartition partition, string id, TombstoneLayout layout) => partition.KeysOf(
        id, partition.Archived, partition.Tombstones(layout.BucketOf(TombstoneLayout.TombstoneOf(id))), partition.Renewals(id));

    /// <summary>The sets that list an order. A renewal is found through the sale that began its subscription.</summary>
    private static RedisKey[] ListsOf(LedgerPartition partition, ArchivedOrder order) =>
    [
        .. order.Id.StartsWith("in_", StringComparison.Ordinal) ? (RedisKey[])[] : [partition.Owned(order.Owner)],
        .. order.Buyer.Length > 0 ? (RedisKey[])[partition.Owned(order.Buyer)] : [],
    ];

    private ArchivedOrder ToArchived(string id, RedisValue[] renewals, RedisValue[] flat)
    {
        var fields = flat.Chunk(2).ToDictionary(pair => pair[0].ToString(), pair => pair[1].ToString(), StringComparer.Ordinal);

        // 1763884800123 created
        string[][] steps = [.. fields["timeline"].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 3))];
        var created = Array.Find(steps, step => step[1] == "created") ?? steps[0];
        var (principal, buyerRef) = (fields.GetValueOrDefault(OrderFields.Principal, ""), fields.GetValueOrDefault(OrderFields.BuyerRef, ""));
        return new ArchivedOrder
        {
            Id = id,
            Owner = fields.GetValueOrDefault(OrderFields.Owner, ""),
            Buyer = buyerRef.Length > 0 ? OwnerDigest.Of(stripe.Value.Deployment, principal, buyerRef) : "",
            CreatedAt = TimeOf(created),
            ChangedAt = TimeOf(steps[^1]),
            Fields = fields,
            Renewals = renewals.Chunk(2).ToDictionary(pair => pair[0].ToString(), pair => (long)pair[1], StringComparer.Ordinal),
        };
    }

    private static DateTimeOffset TimeOf(string[] step) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(step[0], CultureInfo.InvariantCulture));

    private static ArchiveOutcome Parse(string? reply) => reply switch
    {
        "moved" => ArchiveOutcome.Moved,
        "unknown" => ArchiveOutcome.Unknown,
        "recent" => ArchiveOutcome.Recent,
        "open" => ArchiveOutcome.Open,
        "later" => ArchiveOutcome.Later,
        "changed" => ArchiveOutcome.Changed,
        _ => throw new FormatException($"archive_order.lua replied '{reply}'."),
    };
}
