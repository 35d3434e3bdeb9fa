using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>Which orders leave Redis, and what stays of them.</summary>
public sealed class ArchivingTests(ArchiveFixture fixture) : ArchiveTest(fixture)
{
    public static TheoryData<string> Databases() => ArchiveFixture.Databases();

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_settled_order_leaves_Redis_and_is_read_from_the_archive(string database)
    {
        var ledger = await OpenAsync(database);
        var id = await FulfillAsync(ledger, owner: "owner-" + LedgerKit.NewSessionId());
        var before = await FindAsync(ledger, id);
        var partition = ledger.Partitions.Of(id);

        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));

        Assert.False(await IsInRedisAsync(ledger, id));
        Assert.False(await Database.KeyExistsAsync(partition.Owned(before.Owner)));
        Assert.False(await Database.KeyExistsAsync(ledger.Partitions.Of("pi_" + id).Intent("pi_" + id)));
        Assert.True(await HasTombstoneAsync(ledger, id));
        Assert.Equal(Describe(before), Describe(await FindAsync(ledger, id)));
        Assert.Equal(id, await ledger.Outbox.FindSessionAsync("pi_" + id));
        Assert.Equal([id], (await ledger.Owned.ListAsync(before.Owner, null, 10)).Select(session => session.SessionId));
    }

    [Fact]
    public async Task An_order_that_cannot_be_paid_any_more_loses_its_link_and_nothing_else()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var (fulfilled, expired) = ((await ledger.SellAsync()).SessionId, (await ledger.SellAsync()).SessionId);
        await ApplyAsync(ledger, LedgerKit.Fact(expired, PaymentStatusChange.Expired));
        await ApplyAsync(ledger, LedgerKit.Fact(fulfilled));
        var before = await FindAsync(ledger, fulfilled);
        Assert.NotNull(before.CheckoutUrl);

        await WitnessAsync(ledger, fulfilled);

        Assert.Null((await FindAsync(ledger, expired)).CheckoutUrl);
        Assert.Null((await FindAsync(ledger, fulfilled)).CheckoutUrl);
        Assert.Equal(Describe(before), Describe(await FindAsync(ledger, fulfilled)));
    }

    [Fact]
    public async Task An_order_stays_until_its_last_change_is_old()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger);
        var changed = (await FindAsync(ledger, id)).Timeline[^1].At;

        // Its last entry in the journal may be a little older than its last change.
        Assert.Equal(ArchiveOutcome.Recent, await ArchiveAsync(ledger, id, changed.AddSeconds(-1)));
        Assert.Equal(ArchiveOutcome.Later, await ArchiveAsync(ledger, id, changed));
        Assert.True(await IsInRedisAsync(ledger, id));
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id, changed.AddMilliseconds(1)));
    }

    [Theory]
    [InlineData("unpaid", ArchiveOutcome.Open)]
    [InlineData("claimed", ArchiveOutcome.Open)]
    [InlineData("held", ArchiveOutcome.Open)]
    [InlineData("unwitnessed", ArchiveOutcome.Later)]
    [InlineData("witness refused", ArchiveOutcome.Open)]
    [InlineData("open dispute", ArchiveOutcome.Open)]
    [InlineData("pending refund", ArchiveOutcome.Later)]
    [InlineData("live subscription", ArchiveOutcome.Open)]
    public async Task What_is_not_settled_stays(string state, ArchiveOutcome expected)
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await BringAboutAsync(ledger, state);

        Assert.Equal(expected, await ArchiveAsync(ledger, id));
        Assert.True(await IsInRedisAsync(ledger, id));
        Assert.False(await HasTombstoneAsync(ledger, id));
    }

    [Theory]
    [InlineData("rejected")]
    [InlineData("expired")]
    [InlineData("lost dispute")]
    [InlineData("ended subscription")]
    public async Task What_is_settled_leaves(string state)
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await BringAboutAsync(ledger, state);

        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task The_journal_leaves_with_its_orders_and_finds_them(string database)
    {
        var ledger = await OpenAsync(database, partitions: 3);
        string[] ids = [await FulfillAsync(ledger), await FulfillAsync(ledger), await FulfillAsync(ledger)];
        var held = await BringAboutAsync(ledger, "held");

        var moved = 0;
        foreach (var partition in ledger.Partitions.All)
        {
            (int Moved, bool HasMore) batch;
            do
            {
                batch = await ledger.Journal!.ArchiveAsync(partition, Later, Later);
                moved += batch.Moved;
            }
            while (batch.HasMore);
            Assert.Equal(0, await Database.StreamLengthAsync(partition.Journal));
        }

        Assert.True(moved >= ids.Length);
        foreach (var id in ids)
        {
            Assert.False(await IsInRedisAsync(ledger, id));
            Assert.Equal(["created", "fulfilled"], (await ledger.Archive!.ListStepsAsync(id)).Select(step => step.What));
        }

        // Its next step is in the journal, and leads to it again.
        Assert.True(await IsInRedisAsync(ledger, held));
    }

    [Fact]
    public async Task The_journal_stays_until_the_notices_to_the_merchant_are_read_from_it()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite, partitions: 17);
        var id = await FulfillAsync(ledger);
        var partition = ledger.Partitions.Of(id);
        var entries = await Database.StreamRangeAsync(partition.Journal);
        await Database.StringSetAsync(partition.NoticesCursor, entries[^2].Id);

        while ((await ledger.Journal!.ArchiveAsync(partition, Later, Later)).HasMore)
        {
        }

        Assert.Equal(entries[^1].Id, Assert.Single(await Database.StreamRangeAsync(partition.Journal)).Id);
        await Database.StringSetAsync(partition.NoticesCursor, entries[^1].Id);
        await ledger.Journal.ArchiveAsync(partition, Later, Later);
        Assert.Equal(0, await Database.StreamLengthAsync(partition.Journal));
    }

    [Theory]
    [InlineData(35, 1)]
    [InlineData(0.5, 0.5)]
    public async Task An_order_that_waits_for_its_witness_is_looked_at_again_after_a_day_or_sooner_if_orders_leave_sooner(double leaveAfter, double again)
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite, partitions: 7);
        var id = await BringAboutAsync(ledger, "unwitnessed");
        var partition = ledger.Partitions.Of(id);
        var before = Later;
        var now = before.AddDays(leaveAfter);
        while ((await ledger.Journal!.ArchiveAsync(partition, now, before)).HasMore)
        {
        }

        Assert.True(await IsInRedisAsync(ledger, id));
        await WitnessAsync(ledger, id);
        await ledger.Journal.ArchiveAsync(partition, now.AddDays(again).AddSeconds(-1), before);
        Assert.True(await IsInRedisAsync(ledger, id));
        await ledger.Journal.ArchiveAsync(partition, now.AddDays(again), before);

        Assert.False(await IsInRedisAsync(ledger, id));
        Assert.Null(await Database.SortedSetScoreAsync(partition.ArchiveLater, id));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_list_goes_on_from_Redis_into_the_archive(string database)
    {
        var ledger = await OpenAsync(database, partitions: 3);
        var owner = "owner-" + LedgerKit.NewSessionId();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            ids.Add(await FulfillAsync(ledger, owner));
        }

        foreach (var i in (int[])[0, 1, 2, 4])
        {
            await ArchiveAsync(ledger, ids[i]);
        }

        // This one is in both places.
        Assert.Equal(UnarchiveOutcome.Returned, await ledger.Archiving!.UnarchiveAsync(ids[1], mayBeLost: false));

        var all = (await ledger.Owned.ListAsync(owner, null, 100)).Select(session => session.SessionId).ToList();
        var paged = new List<string>();
        for (OwnedSession? last = null; paged.Count == 0 || last is not null;)
        {
            var page = await ledger.Owned.ListAsync(owner, last, 2);
            paged.AddRange(page.Select(session => session.SessionId));
            last = page.Count == 2 ? page[^1] : null;
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task Tombstones_stay_in_small_sets_of_integers()
    {
        const int Count = 1200;
        var ledger = await OpenAsync(ArchiveFixture.Sqlite, partitions: 11);
        var partition = ledger.Partitions.All[10];
        string[] ids = [.. Enumerable.Repeat(0, int.MaxValue).Select(_ => LedgerKit.NewSessionId()).Where(id => ledger.Partitions.Of(id) == partition).Take(Count)];
        await Task.WhenAll(ids.Select(id => Database.HashSetAsync(
            partition.Order(id), [new("state", "expired"), new("timeline", "1000 created\n2000 expired\n")])));

        var moved = await ledger.Archiving!.ArchiveAsync(partition, ids, Later, []);

        Assert.All(moved, one => Assert.Equal(ArchiveOutcome.Moved, one.Outcome));
        Assert.Equal(Count, (int)await Database.HashGetAsync(partition.Archived, "orders"));
        var buckets = (int)await Database.HashGetAsync(partition.Archived, "buckets");
        Assert.Equal(Count / 210 + 1, buckets);
        var sizes = new List<long>();
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            sizes.Add(await Database.SetLengthAsync(partition.Tombstones(bucket)));
            Assert.Equal("intset", (string?)await Database.ExecuteAsync("OBJECT", "ENCODING", partition.Tombstones(bucket)));
        }

        Assert.Equal(Count, sizes.Sum());
        Assert.All(sizes, size => Assert.InRange(size, 1, 512));
        Assert.Equal(ids.ToHashSet(StringComparer.Ordinal), await ledger.Tombstones.FindAsync(partition, ids));
        Assert.Empty(await new Orders.Archive.Tombstones(ledger.Redis).FindAsync(partition, [.. ids.Select(id => id + "x")]));
    }

    [Fact]
    public void A_new_set_of_tombstones_takes_its_share_of_one_set_only()
    {
        long[] tombstones = [.. Enumerable.Range(0, 500).Select(i => Orders.Archive.TombstoneLayout.TombstoneOf("cs_" + i))];
        for (var buckets = 1; buckets < 70; buckets++)
        {
            var (layout, next) = (new Orders.Archive.TombstoneLayout(buckets), new Orders.Archive.TombstoneLayout(buckets + 1));
            Assert.All(tombstones, tombstone =>
            {
                var (was, becomes) = (layout.BucketOf(tombstone), next.BucketOf(tombstone));
                Assert.InRange(was, 0, buckets - 1);
                Assert.True(becomes == was || (was == layout.Parent && becomes == buckets));
            });
        }
    }

    private static async Task<string> BringAboutAsync(LedgerKit ledger, string state)
    {
        var id = state is "unpaid" or "claimed" or "held" or "rejected" or "expired" or "unwitnessed" or "witness refused"
            ? (await ledger.SellAsync()).SessionId
            : await FulfillAsync(ledger, mode: state.EndsWith("subscription", StringComparison.Ordinal) ? "subscription" : "payment");
        switch (state)
        {
            case "claimed":
                await ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), await ledger.AppendAsync(id), livemode: false, TimeSpan.FromHours(1));
                break;
            case "held" or "rejected":
                Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(ledger, LedgerKit.Fact(id) with { Currency = "eur" })).Outcome);
                break;
            case "expired":
                await ApplyAsync(ledger, LedgerKit.Fact(id, PaymentStatusChange.Expired));
                break;
            case "unwitnessed" or "witness refused":
                await ApplyAsync(ledger, LedgerKit.Fact(id));
                break;
            case "open dispute" or "lost dispute":
                await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Dispute, "du_" + id, state == "lost dispute" ? "lost" : "under_review", 9998));
                break;
            case "pending refund":
                await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Refund, "re_" + id, "pending", 100));
                break;
            case "ended subscription":
                await ledger.Transitions.RecordSubscriptionAsync(
                    id, await ledger.AppendAsync(id), new SubscriptionFact(new SubscriptionState("canceled", false, DateTimeOffset.UnixEpoch)));
                break;
            default:
                break;
        }

        if (state == "rejected")
        {
            await new OperatorLedger(ledger.Redis, ledger.Partitions, ledger.Orders).DecideAsync(id, approve: false, "test");
        }

        if (state == "witness refused")
        {
            Assert.True(await ledger.Outbox.RefuseAsync(id, "404"));
        }

        return id;
    }
}
