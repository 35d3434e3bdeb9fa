using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>Orders that leave Redis for the archive, and come back.</summary>
public abstract class ArchiveTest(ArchiveFixture fixture) : IClassFixture<ArchiveFixture>, IAsyncLifetime
{
    /// <summary>Later than every step of a test: all its orders are old enough.</summary>
    protected static DateTimeOffset Later => TimeProvider.System.GetUtcNow().AddMinutes(1);

    protected IDatabase Database => fixture.Redis.Database;

    /// <summary>Each test has a Redis to itself, so that the orders of another one are not counted in its partitions.</summary>
    public async ValueTask InitializeAsync() => await Database.ExecuteAsync("FLUSHALL");

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected async Task<LedgerKit> OpenAsync(string database, int partitions = 1) =>
        new(fixture.Redis.Connection, partitions, await fixture.OpenAsync(database));

    /// <summary>A sale that is paid, fulfilled and witnessed.</summary>
    protected static async Task<string> FulfillAsync(LedgerKit ledger, string owner = "", string mode = "payment")
    {
        var id = (await ledger.SellAsync(owner: owner, mode: mode)).SessionId;
        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(ledger, LedgerKit.Fact(id) with { Subscription = mode == "subscription" ? "sub_" + id : "" })).Outcome);
        await WitnessAsync(ledger, id);
        return id;
    }

    protected static async Task<Transition> ApplyAsync(LedgerKit ledger, CheckoutFact fact) =>
        await ledger.Transitions.ApplyAsync(fact, await ledger.AppendAsync(fact.SessionId), livemode: false, TimeSpan.Zero);

    protected static async Task<Outcome> RecordAsync(LedgerKit ledger, string id, ReturnFact fact) =>
        await ledger.Transitions.RecordReturnAsync(id, await ledger.AppendAsync(id), fact);

    /// <summary>What the worker does when Stripe has the witness.</summary>
    protected static async Task WitnessAsync(LedgerKit ledger, string id)
    {
        var order = (await ledger.Orders.FindAsync(id))!;
        await ledger.Outbox.IndexAsync(id, order.PaymentIntent, order.Subscription);
        await ledger.Outbox.CompleteAsync(id);
    }

    protected static async Task<ArchiveOutcome> ArchiveAsync(LedgerKit ledger, string id, DateTimeOffset? before = null) =>
        Assert.Single(await ledger.Archiving!.ArchiveAsync(ledger.Partitions.Of(id), [id], before ?? Later, [])).Outcome;

    protected Task<bool> IsInRedisAsync(LedgerKit ledger, string id) => Database.KeyExistsAsync(ledger.Partitions.Of(id).Order(id));

    protected static async Task<Order> FindAsync(LedgerKit ledger, string id) =>
        await ledger.Orders.FindAsync(id) ?? throw new InvalidOperationException($"There is no order {id}.");

    protected static async Task<bool> HasTombstoneAsync(LedgerKit ledger, string id) =>
        (await ledger.Tombstones.FindAsync(ledger.Partitions.Of(id), [id])).Contains(id);

    /// <summary>Leaves a tombstone for an order that is not in the archive: that of another order, or of one of an archive that was lost.</summary>
    protected async Task LeaveTombstoneAsync(LedgerPartition partition, string id)
    {
        var buckets = await Database.HashGetAsync(partition.Archived, "buckets") is { IsNull: false } known ? (int)known : 1;
        var tombstone = Orders.Archive.TombstoneLayout.TombstoneOf(id);
        await Database.SetAddAsync(partition.Tombstones(new Orders.Archive.TombstoneLayout(buckets).BucketOf(tombstone)), tombstone);
    }

    protected static string Describe(Order order) =>
        $"{order.State} {order.Payment} {order.Fulfillments} {order.AmountTotal} {order.AmountRefunded} {order.AmountDisputed} {order.Owner} {order.ProductName} "
        + string.Join(';', order.Timeline.Select(step => $"{step.At:O} {step.What} {step.Detail}"));
}
