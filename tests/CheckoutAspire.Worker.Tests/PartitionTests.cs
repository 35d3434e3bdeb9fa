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
