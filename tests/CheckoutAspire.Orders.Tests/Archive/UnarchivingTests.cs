using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>What happens to facts about orders that are in the archive.</summary>
public sealed class UnarchivingTests(ArchiveFixture fixture) : ArchiveTest(fixture)
{
    public static TheoryData<string> Databases() => ArchiveFixture.Databases();

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task An_archived_order_is_not_fulfilled_again(string database)
    {
        var ledger = await OpenAsync(database);
        var id = await FulfillAsync(ledger, owner: "owner-" + LedgerKit.NewSessionId());
        var before = await FindAsync(ledger, id);
        await ArchiveAsync(ledger, id);

        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);

        Assert.True(await IsInRedisAsync(ledger, id));
        Assert.False(await HasTombstoneAsync(ledger, id));
        Assert.Equal(Describe(before), Describe(await FindAsync(ledger, id)));
        Assert.NotNull(await Database.SortedSetScoreAsync(ledger.Partitions.Of(id).Owned(before.Owner), id));

        // It leaves again.
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));
        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);
    }

    [Fact]
    public async Task An_order_keeps_its_steps_when_Redis_lost_its_tombstone_and_recorded_a_return_before_it_came_back()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger);
        var steps = (await FindAsync(ledger, id)).Timeline;
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));
        await Database.HashSetAsync(ledger.Partitions.Of(id).Order(id), "timeline", "1795600000000 refunded 100 of ? usd\n");

        Assert.Equal(UnarchiveOutcome.Returned, await ledger.Archiving!.UnarchiveAsync(id, mayBeLost: true));

        var order = await FindAsync(ledger, id);
        Assert.Equal([.. steps.Select(step => step.What), "refunded"], order.Timeline.Select(step => step.What));
        Assert.Equal((OrderState.Fulfilled, 1), (order.State, order.Fulfillments));
    }

    [Fact]
    public async Task Facts_about_archived_and_new_orders_are_applied_together()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        string[] archived = [.. await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FulfillAsync(ledger)))];
        await ledger.Archiving!.ArchiveAsync(ledger.Partitions.All[0], archived, Later, []);
        string[] unknown = [.. Enumerable.Range(0, 20).Select(_ => LedgerKit.NewSessionId())];

        var applied = await Task.WhenAll(archived.Concat(unknown).Order(StringComparer.Ordinal).Select(async id => (Id: id, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome)));

        Assert.All(applied, one => Assert.Equal(archived.Contains(one.Id) ? Outcome.Duplicate : Outcome.Fulfilled, one.Outcome));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_late_dispute_and_a_late_refund_bring_the_order_back(string database)
    {
        var ledger = await OpenAsync(database);
        var id = await FulfillAsync(ledger);
        await ArchiveAsync(ledger, id);

        Assert.Equal(Outcome.Recorded, await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Dispute, "du_" + id, "needs_response", 9998)));

        var disputed = await FindAsync(ledger, id);
        Assert.Equal((9998, OrderFulfillment.Fulfilled, 1), (disputed.AmountDisputed, disputed.Fulfillment, disputed.Fulfillments));
        Assert.Equal(["created", "fulfilled", "disputed"], disputed.Timeline.Select(step => step.What));
        Assert.Equal(ArchiveOutcome.Open, await ArchiveAsync(ledger, id));

        await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Dispute, "du_" + id, "lost", 9998));
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));
        Assert.Equal(Outcome.Recorded, await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Refund, "re_" + id, "succeeded", 100)));
        Assert.Equal((100, 9998), ((await FindAsync(ledger, id)).AmountRefunded, (await FindAsync(ledger, id)).AmountDisputed));
    }

    [Fact]
    public async Task Reconciliation_knows_the_returns_of_an_archived_order()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var index = new ReconciliationIndex(ledger.Redis, ledger.Partitions, ledger.Archive);
        var id = await FulfillAsync(ledger);
        await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Refund, "re_" + id, "succeeded", 100));
        await ArchiveAsync(ledger, id);

        Assert.Equal(id, await index.FindOrderAsync("pi_" + id));
        Assert.True(await index.IsReturnKnownAsync(id, "refund", "re_" + id, "succeeded", 100));
        Assert.False(await index.IsReturnKnownAsync(id, "refund", "re_" + id, "failed", 100));
        Assert.False(await index.IsReturnKnownAsync(id, "refund", "re_2", "succeeded", 100));
        Assert.False(await IsInRedisAsync(ledger, id));
    }

    [Fact]
    public async Task A_refund_of_an_order_that_was_never_recorded_is_kept_as_before()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = LedgerKit.NewSessionId();

        Assert.Equal(Outcome.NeedsReview, await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Refund, "re_" + id, "succeeded", 100)));
        Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);
    }

    [Fact]
    public async Task An_archived_subscription_has_its_renewals_and_comes_back_with_them()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger, mode: "subscription");
        var renewal = "in_" + id;
        await ApplyAsync(ledger, LedgerKit.Fact(renewal) with { IsRenewal = true, PaymentIntent = "" });
        await WitnessAsync(ledger, renewal);
        await ledger.Renewals.AddAsync(id, renewal, DateTimeOffset.UnixEpoch.AddDays(1));
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, renewal));
        await EndAsync(ledger, id, "canceled");
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));

        Assert.False(await Database.KeyExistsAsync(ledger.Partitions.Of(id).Renewals(id)));
        Assert.Equal([renewal], (await ledger.Renewals.ListAsync(id, 10)).Select(order => order.SessionId));
        Assert.Equal(id, await ledger.Outbox.FindSessionAsync("sub_" + id));

        // A late renewal: the worker brings the sale back before it adds the invoice.
        await ledger.Transitions.UnarchiveAsync(id);
        await ledger.Renewals.AddAsync(id, "in_2" + id, DateTimeOffset.UnixEpoch.AddDays(2));
        await ApplyAsync(ledger, LedgerKit.Fact("in_2" + id) with { IsRenewal = true, PaymentIntent = "" });
        Assert.Equal(["in_2" + id, renewal], (await ledger.Renewals.ListAsync(id, 10)).Select(order => order.SessionId));
        Assert.Equal(Outcome.Duplicate, await EndAsync(ledger, id, "canceled"));
    }

    [Fact]
    public async Task The_state_of_an_archived_subscription_is_compared_with_the_archived_one()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger, mode: "subscription");
        await EndAsync(ledger, id, "canceled");
        await ArchiveAsync(ledger, id);

        Assert.Equal(Outcome.Duplicate, await EndAsync(ledger, id, "active"));
        Assert.Equal("canceled", (await FindAsync(ledger, id)).SubscriptionState!.Status);
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_worker_that_dies_between_two_steps_loses_and_doubles_nothing(string database)
    {
        var ledger = await OpenAsync(database);
        var id = await FulfillAsync(ledger);
        var partition = ledger.Partitions.Of(id);
        var before = await FindAsync(ledger, id);

        // It dies after it has read, and after it has written.
        _ = await ledger.Archiving!.ReadAsync(partition, id, Later);
        var (_, read) = await ledger.Archiving.ReadAsync(partition, id, Later);
        await ledger.Archiving.SaveAsync([read!], []);

        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);
        Assert.Equal(id, await ledger.Outbox.FindSessionAsync("pi_" + id));
        Assert.Equal(Describe(before), Describe(await FindAsync(ledger, id)));

        // The next worker begins anew.
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(await OpenAsync(database), id));
        Assert.Equal(Describe(before), Describe(await FindAsync(ledger, id)));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task An_order_that_changes_while_it_is_written_stays_and_its_old_copy_never_wins(string database)
    {
        var ledger = await OpenAsync(database);
        var id = await FulfillAsync(ledger);
        var partition = ledger.Partitions.Of(id);
        var (_, old) = await ledger.Archiving!.ReadAsync(partition, id, Later);
        await ledger.Archiving.SaveAsync([old!], []);
        await RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Refund, "re_" + id, "succeeded", 100));

        Assert.Equal(ArchiveOutcome.Changed, await ledger.Archiving.RemoveAsync(partition, old!, Later));
        Assert.Equal(100, (await FindAsync(ledger, id)).AmountRefunded);

        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, id));
        await ledger.Archiving.SaveAsync([old!], []);
        Assert.Equal(ArchiveOutcome.Unknown, await ledger.Archiving.RemoveAsync(partition, old!, Later));
        Assert.Equal(100, (await FindAsync(ledger, id)).AmountRefunded);
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task Several_workers_move_each_order_once(string database)
    {
        var kits = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(database, partitions: 5)));
        var partition = kits[0].Partitions.All[4];
        string[] ids = [.. Enumerable.Repeat(0, int.MaxValue).Select(_ => LedgerKit.NewSessionId()).Where(id => kits[0].Partitions.Of(id) == partition).Take(60)];
        foreach (var id in ids)
        {
            await kits[0].SellAsync(id);
            await ApplyAsync(kits[0], LedgerKit.Fact(id));
            await WitnessAsync(kits[0], id);
        }

        var moved = (await Task.WhenAll(kits.Select(kit => kit.Archiving!.ArchiveAsync(partition, ids, Later, [])))).SelectMany(one => one).ToList();

        Assert.All(ids, id => Assert.Single(moved, one => one == (id, ArchiveOutcome.Moved)));
        Assert.Equal(ids.Length, (int)await Database.HashGetAsync(partition.Archived, "orders"));
        var applied = await Task.WhenAll(ids.Select((id, index) => ApplyAsync(kits[index % 4], LedgerKit.Fact(id))));
        Assert.All(applied, one => Assert.Equal(Outcome.Duplicate, one.Outcome));
        Assert.Equal(0, (int)await Database.HashGetAsync(partition.Archived, "orders"));
    }

    [Fact]
    public async Task A_new_order_with_the_tombstone_of_another_one_is_fulfilled()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = LedgerKit.NewSessionId();
        await LeaveTombstoneAsync(ledger.Partitions.Of(id), id);

        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);
    }

    [Fact]
    public async Task An_old_payment_whose_archive_is_lost_asks_the_witness()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = LedgerKit.NewSessionId();
        await LeaveTombstoneAsync(ledger.Partitions.Of(id), id);
        var fact = LedgerKit.Fact(id) with { CreatedAt = TimeProvider.System.GetUtcNow().AddDays(-40) };

        Assert.Equal(Outcome.CreatedBeforeLedger, (await ApplyAsync(ledger, fact)).Outcome);
    }

    [Fact]
    public async Task An_old_payment_whose_archive_is_lost_asks_the_witness_even_if_an_unpaid_event_comes_first()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = LedgerKit.NewSessionId();
        await LeaveTombstoneAsync(ledger.Partitions.Of(id), id);
        var fact = LedgerKit.Fact(id, PaymentStatusChange.Processing) with { CreatedAt = TimeProvider.System.GetUtcNow().AddDays(-40) };
        Assert.Equal(Outcome.AwaitingPayment, (await ApplyAsync(ledger, fact)).Outcome);

        Assert.Equal(Outcome.CreatedBeforeLedger, (await ApplyAsync(ledger, fact with { Fact = PaymentStatusChange.Paid, PaymentStatus = "paid" })).Outcome);
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task An_archived_order_whose_tombstone_was_lost_with_Redis_is_found_in_the_archive(string database)
    {
        var ledger = await OpenAsync(database);
        var (paid, refunded, old) = (await FulfillAsync(ledger), await FulfillAsync(ledger), TimeProvider.System.GetUtcNow().AddDays(-40));
        await RecordAsync(ledger, paid, LedgerKit.Return(ReturnKind.Refund, "re_" + paid, "succeeded", 100));
        var before = Describe(await FindAsync(ledger, paid));
        await ArchiveAsync(ledger, paid);
        await ArchiveAsync(ledger, refunded);
        await Database.ExecuteAsync("FLUSHALL");

        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(ledger, LedgerKit.Fact(paid) with { CreatedAt = old })).Outcome);
        Assert.Equal(Outcome.Recorded, await RecordAsync(ledger, refunded, LedgerKit.Return(ReturnKind.Refund, "re_" + refunded, "succeeded", 100)));

        Assert.Equal(before, Describe(await FindAsync(ledger, paid)));
        Assert.Equal(["created", "fulfilled", "refunded"], (await FindAsync(ledger, refunded)).Timeline.Select(step => step.What));
        Assert.Equal(Outcome.CreatedBeforeLedger, (await ApplyAsync(ledger, LedgerKit.Fact(LedgerKit.NewSessionId()) with { CreatedAt = old })).Outcome);

        // Both leave again, and have tombstones then.
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, paid));
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, refunded));
        Assert.True(await HasTombstoneAsync(ledger, paid));
    }

    [Fact]
    public async Task An_archive_that_does_not_answer_delays_facts_about_unknown_orders_only()
    {
        var working = await OpenAsync(ArchiveFixture.Sqlite);
        var (known, archived, unknown) = ((await working.SellAsync()).SessionId, await FulfillAsync(working), LedgerKit.NewSessionId());
        await ArchiveAsync(working, archived);

        // The file is in a directory that does not exist.
        var broken = await OpenAsync(Path.Combine("missing", "orders.db"));

        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(broken, LedgerKit.Fact(known))).Outcome);
        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(broken, LedgerKit.Fact(unknown))).Outcome);
        await Assert.ThrowsAsync<Orders.Archive.ArchiveUnavailableException>(() => ApplyAsync(broken, LedgerKit.Fact(archived)));
        await Assert.ThrowsAsync<Orders.Archive.ArchiveUnavailableException>(
            () => RecordAsync(broken, archived, LedgerKit.Return(ReturnKind.Refund, "re_" + archived, "succeeded", 100)));
        await WitnessAsync(working, known);
        await Assert.ThrowsAsync<Orders.Archive.ArchiveUnavailableException>(() => ArchiveAsync(broken, known));
        Assert.True(await IsInRedisAsync(working, known));

        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(working, LedgerKit.Fact(archived))).Outcome);
    }

    [Fact]
    public async Task An_archived_session_is_not_recorded_again()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger);
        await ArchiveAsync(ledger, id);

        Assert.False(await ledger.Orders.RecordAsync(LedgerKit.Sale(id)));
        Assert.False(await IsInRedisAsync(ledger, id));
    }

    [Fact]
    public async Task A_decision_about_an_archived_order_finds_nothing_to_decide()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger);
        await ArchiveAsync(ledger, id);
        var operators = new OperatorLedger(ledger.Redis, ledger.Partitions, ledger.Orders);

        Assert.Equal(Decision.NotInReview, await operators.DecideAsync(id, approve: true, "test"));
        Assert.Equal(Decision.Unknown, await operators.DecideAsync("cs_unknown", approve: true, "test"));
    }

    private static async Task<Outcome> EndAsync(LedgerKit ledger, string id, string status) => await ledger.Transitions.RecordSubscriptionAsync(
        id, await ledger.AppendAsync(id), new SubscriptionFact(new SubscriptionState(status, false, DateTimeOffset.UnixEpoch.AddDays(9))));
}
