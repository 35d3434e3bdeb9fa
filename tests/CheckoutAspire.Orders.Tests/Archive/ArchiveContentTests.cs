using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>What the archive keeps: retention, and a buyer's data.</summary>
public sealed class ArchiveContentTests(ArchiveFixture fixture) : ArchiveTest(fixture)
{
    private const string Principal = "key:shop-agent";

    public static TheoryData<string> Databases() => ArchiveFixture.Databases();

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task What_is_older_than_the_retention_is_deleted_and_still_not_fulfilled_again(string database)
    {
        var ledger = await OpenAsync(database, partitions: 13);
        var owner = "owner-" + LedgerKit.NewSessionId();
        var id = await FulfillAsync(ledger, owner);
        var partition = ledger.Partitions.Of(id);
        while ((await ledger.Journal!.ArchiveAsync(partition, Later, Later)).HasMore)
        {
        }

        Assert.Equal(0, await ledger.Archive!.DeleteAsync(TimeProvider.System.GetUtcNow().AddDays(-1)));
        Assert.NotNull(await ledger.Orders.FindAsync(id));
        Assert.True(await ledger.Archive.DeleteAsync(Later) > 0);

        Assert.Null(await ledger.Orders.FindAsync(id));
        Assert.Null(await ledger.Outbox.FindSessionAsync("pi_" + id));
        Assert.Empty(await ledger.Owned.ListAsync(owner, null, 10));
        Assert.Empty(await ledger.Archive.ListStepsAsync(id));
        Assert.Equal(
            Outcome.CreatedBeforeLedger,
            (await ApplyAsync(ledger, LedgerKit.Fact(id) with { CreatedAt = TimeProvider.System.GetUtcNow().AddDays(-4000) })).Outcome);
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task The_audit_leaves_by_age(string database)
    {
        var ledger = await OpenAsync(database);
        await Database.KeyDeleteAsync(JournalArchiving.AuditStream);
        for (var at = 1; at <= 300; at++)
        {
            await Database.StreamAddAsync(JournalArchiving.AuditStream, [new("tool", "initiate_checkout"), new("decision", "ok")], at * 1000);
        }

        Assert.True(await ledger.Journal!.ArchiveAuditAsync(DateTimeOffset.UnixEpoch.AddSeconds(290)));
        Assert.False(await ledger.Journal.ArchiveAuditAsync(DateTimeOffset.UnixEpoch.AddSeconds(290)));

        Assert.Equal(11, await Database.StreamLengthAsync(JournalArchiving.AuditStream));
        var kept = await ledger.Archive!.ListAuditAsync(DateTimeOffset.UnixEpoch.AddSeconds(5), DateTimeOffset.UnixEpoch.AddSeconds(7), 10);
        Assert.Equal(["5000-0", "6000-0"], kept.Select(entry => entry.EntryId));
        Assert.Equal("ok", kept[0].Fields["decision"]);
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_buyer_s_data_is_exported_and_deleted_from_Redis_and_the_archive(string database)
    {
        var ledger = await OpenAsync(database, partitions: 3);
        var buyers = new BuyerData(ledger.Redis, ledger.Partitions, ledger.Orders, ledger.Owned, Options.Create(new StripeOptions()), ledger.Archive);
        var buyer = "buyer-" + LedgerKit.NewSessionId();
        string[] ids = [await SellAsync(ledger, buyer), await SellAsync(ledger, buyer)];
        var other = await SellAsync(ledger, buyer + "-2");
        Assert.Equal(ArchiveOutcome.Moved, await ArchiveAsync(ledger, ids[0]));
        var selection = new BuyerSelection(Principal: Principal, BuyerRef: buyer);

        var found = await buyers.FindAsync(selection);
        Assert.Equal(ids.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.Equal(found, await buyers.FindAsync(new BuyerSelection(Principal: Principal, ClientReferenceId: "client of " + buyer)));
        var exported = (await buyers.ExportAsync(ids[0]))!;
        Assert.Equal((true, buyer, "9998"), (exported.Archived, exported.Fields["buyer_ref"], exported.Fields["amount_total"]));
        Assert.False((await buyers.ExportAsync(ids[1]))!.Archived);

        Assert.All(await Task.WhenAll(found.Select(id => buyers.ForgetAsync(id, "Ada: asked by e-mail"))), Assert.True);

        Assert.Empty(await buyers.FindAsync(selection));
        foreach (var id in ids)
        {
            var order = await FindAsync(ledger, id);
            Assert.Equal((null, "", 9998L, 1), (order.BuyerRef, order.ClientReferenceId, order.AmountTotal, order.Fulfillments));
            Assert.Equal(("buyer_forgotten", "Ada: asked by e-mail"), (order.Timeline[^1].What, order.Timeline[^1].Detail));
            Assert.DoesNotContain(buyer, string.Join(' ', (await buyers.ExportAsync(id))!.Fields.Values), StringComparison.Ordinal);
            Assert.Equal(Outcome.Duplicate, (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);
        }

        Assert.Equal(buyer + "-2", (await FindAsync(ledger, other)).BuyerRef);
        Assert.False(await buyers.ForgetAsync("cs_unknown", "test"));
    }

    private static async Task<string> SellAsync(LedgerKit ledger, string buyer)
    {
        var id = LedgerKit.NewSessionId();
        await ledger.Orders.RecordAsync(LedgerKit.Sale(id) with
        {
            ClientReferenceId = "client of " + buyer,
            Principal = Principal,
            Owner = OwnerDigest.Of("local", Principal),
            BuyerRef = buyer,
            Buyer = OwnerDigest.Of("local", Principal, buyer),
        });
        await ApplyAsync(ledger, LedgerKit.Fact(id));
        await WitnessAsync(ledger, id);
        return id;
    }
}
