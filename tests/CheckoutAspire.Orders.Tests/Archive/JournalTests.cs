using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>The journal of orders that one script fulfills together.</summary>
public sealed class JournalTests(ArchiveFixture fixture) : ArchiveTest(fixture)
{
    private const int Count = 600;

    public static TheoryData<string> Databases() => ArchiveFixture.Databases();

    [Fact]
    public async Task Orders_that_are_fulfilled_together_share_entries_and_each_has_one_step()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var ids = await FulfillTogetherAsync(ledger);

        var entries = await Database.StreamRangeAsync(ledger.Partitions.All[0].Journal);

        Assert.InRange(entries.Count(entry => entry["what"] == "fulfilled"), 1, Count / 4);
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await ReadStepsAsync(ledger)).Where(step => step.What == "fulfilled").Select(step => step.OrderId).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task Orders_that_were_fulfilled_together_leave_with_a_step_each(string database)
    {
        var ledger = await OpenAsync(database);
        var ids = await FulfillTogetherAsync(ledger);
        await Task.WhenAll(ids.Select(id => WitnessAsync(ledger, id)));
        var partition = ledger.Partitions.All[0];
        var moved = 0;
        (int Moved, bool HasMore) batch;
        do
        {
            batch = await ledger.Journal!.ArchiveAsync(partition, Later, Later);

            // An entry that completes a batch names 64 orders at most.
            Assert.InRange(batch.Moved, 0, 250 + 63);
            moved += batch.Moved;
        }
        while (batch.HasMore);

        Assert.Equal(Count, moved);
        Assert.Equal(0, await Database.StreamLengthAsync(partition.Journal));
        foreach (var id in ids)
        {
            Assert.Equal(["created", "fulfilled"], (await ledger.Archive!.ListStepsAsync(id)).Select(step => step.What));
        }
    }

    [Fact]
    public async Task An_order_leaves_together_with_its_last_step()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var partition = ledger.Partitions.All[0];
        var id = (await ledger.SellAsync()).SessionId;
        var others = await FulfillTogetherAsync(ledger);
        await ApplyAsync(ledger, LedgerKit.Fact(id));
        await Task.WhenAll(others.Append(id).Select(one => WitnessAsync(ledger, one)));
        bool hasMore;
        do
        {
            hasMore = (await ledger.Journal!.ArchiveAsync(partition, Later, Later)).HasMore;

            // Redis may lose what has not left it yet.
            Assert.Equal(await ledger.Archive!.FindAsync(id) is null ? 0 : 1, (await ledger.Archive.ListStepsAsync(id)).Count(step => step.What == "fulfilled"));
        }
        while (hasMore);

        Assert.False(await IsInRedisAsync(ledger, id));
    }

    [Fact]
    public async Task A_step_of_an_object_whose_id_has_a_space_is_one_step()
    {
        // An event with such an id is a dead letter, which operators dismiss.
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        await new OperatorLedger(ledger.Redis, ledger.Partitions, ledger.Orders).NoteAsync("cs_1 cs_2", "dismissed", "Ann: not ours");

        await ledger.Journal!.ArchiveAsync(ledger.Partitions.All[0], Later, Later);

        Assert.Equal("dismissed", Assert.Single(await ledger.Archive!.ListStepsAsync("cs_1 cs_2")).What);
        Assert.Empty(await ledger.Archive!.ListStepsAsync("cs_1"));
    }

    /// <summary>Sells orders and reports at once that they are paid.</summary>
    private static async Task<string[]> FulfillTogetherAsync(LedgerKit ledger)
    {
        var ids = (await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => ledger.SellAsync()))).Select(order => order.SessionId).ToArray();
        await Task.WhenAll(ids.Select(id => ApplyAsync(ledger, LedgerKit.Fact(id))));
        return ids;
    }

    private async Task<IEnumerable<ArchivedStep>> ReadStepsAsync(LedgerKit ledger) =>
        (await Database.StreamRangeAsync(ledger.Partitions.All[0].Journal)).SelectMany(entry => JournalSteps.Of(ledger.Partitions.All[0], entry));
}
