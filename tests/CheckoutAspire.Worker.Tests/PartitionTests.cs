using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

public sealed class PartitionTests
{
    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Four_partitions_on_one_server_fulfill_every_session_once()
    {
        await using var redis = await RedisServer.StartAsync();

        await AssertFulfilledOnceAsync(redis.Connection, redis.ConnectionString);
    }

    [Fact]
    public async Task Four_partitions_on_a_cluster_of_three_masters_fulfill_every_session_once()
    {
        await using var cluster = await RedisCluster.StartAsync(Canceled);

        await AssertFulfilledOnceAsync(cluster.Connection, cluster.ConnectionString);
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task While_the_slot_of_a_partition_moves_to_another_master_its_orders_wait_and_go_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await RedisCluster.StartAsync(cancellation);

        // The other master is another server: an order that was paid before asks Stripe for a witness, and Stripe has not recorded one.
        await using var stripe = await StripeListStub.StartAsync(hasEveryOrder: true);
        var handler = new RecordingHandler("ship");
        await using var worker = new WorkerHost(
            cluster.ConnectionString,
            stripe.Address,
            [("Worker:Lease", "00:00:02"), ("Worker:StripeRequestsPerSecond", "1000"), ("Worker:ReconcileInterval", "1.00:00:00")],
            handler);
        var ledger = new LedgerKit(cluster.Connection, partitions: 1);

        // Sessions that are recorded from their events must not be older than the ledger.
        await Eventually.GetAsync(() => cluster.Connection.GetDatabase().KeyExistsAsync(ledger.Partitions.All[0].Epoch), exists => exists, cancellation);
        var sold = new List<string>();
        foreach (var _ in Enumerable.Range(0, 30))
        {
            await SellPaidAsync();
        }

        await cluster.MoveSlotAsync("p0", SellPaidAsync);
        foreach (var _ in Enumerable.Range(0, 30))
        {
            await SellPaidAsync();
        }

        foreach (var id in sold)
        {
            var order = await Eventually.GetAsync(
                () => ThroughTroubleAsync(() => ledger.Orders.FindAsync(id)), found => found?.State is OrderState.Fulfilled, cancellation);
            Assert.Equal(1, order!.Fulfillments);
        }

        Assert.True(sold.Count > 60, "Orders were paid during the move.");
        Assert.Equal(0, await cluster.Connection.GetDatabase().StreamLengthAsync(ledger.Partitions.All[0].Dead));
        Assert.Equal(sold.Count, handler.Orders.Select(order => order.IdempotencyKey).Distinct().Count());

        async Task SellPaidAsync()
        {
            var id = LedgerKit.NewSessionId();
            await ThroughTroubleAsync(() => ledger.SellAsync(id));
            await ThroughTroubleAsync(() => ledger.AppendAsync(id, StripeEvents.Checkout(id), HandledEvents.CheckoutCompleted, "evt_" + id));
            sold.Add(id);
        }

        // Redis asks clients to try again while a script's keys are on both masters. An order that is not recorded then is recorded from its event.
        static async Task<T?> ThroughTroubleAsync<T>(Func<Task<T>> act)
        {
            try
            {
                return await act();
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("TRYAGAIN", StringComparison.Ordinal))
            {
                return default;
            }
        }
    }

    private static async Task AssertFulfilledOnceAsync(IConnectionMultiplexer redis, string connectionString)
    {
        var ledger = new LedgerKit(redis, partitions: 4);
        var handler = new RecordingHandler("ship");
        await using var worker = new WorkerHost(connectionString, settings: [("Orders:Partitions", "4")], handlers: handler);
        var sold = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => ledger.SellAsync()));

        await Task.WhenAll(sold.Concat(sold).Select(order =>
            ledger.AppendAsync(order.SessionId, StripeEvents.Checkout(order.SessionId))));

        foreach (var order in sold)
        {
            var fulfilled = await Eventually.GetAsync(
                () => ledger.Orders.FindAsync(order.SessionId), found => found?.State is OrderState.Fulfilled, Canceled);
            Assert.Equal(1, fulfilled!.Fulfillments);
        }

        Assert.Equal(60, handler.Orders.Select(order => order.Id).Distinct().Count());
        Assert.Equal(4, sold.Select(order => ledger.Partitions.Of(order.SessionId).Number).Distinct().Count());
        foreach (var partition in ledger.Partitions.All)
        {
            await Eventually.GetAsync(() => redis.GetDatabase().StreamLengthAsync(partition.Events), length => length == 0, Canceled);
        }
    }
}
