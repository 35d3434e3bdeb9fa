using System.Threading.Channels;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

public sealed class EventStreamTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    private LedgerPartition Partition => _ledger.Partitions.All[0];

    [Fact]
    public async Task Entries_appended_while_a_notification_is_in_flight_share_the_next_one()
    {
        var messages = Channel.CreateUnbounded<string>();
        var signal = await redis.Server.Connection.GetSubscriber().SubscribeAsync(Partition.Signal);
        signal.OnMessage(message => messages.Writer.TryWrite(message.Message.ToString()));
        await using var other = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString + ",allowAdmin=true");

        // Writes are paused, so that the first notification stays in flight.
        await other.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "60000", "WRITE");
        var appended = Enumerable.Range(0, 5).Select(_ => _ledger.AppendAsync(LedgerKit.NewSessionId())).ToArray();
        await other.GetDatabase().ExecuteAsync("CLIENT", "UNPAUSE");
        await Task.WhenAll(appended);

        Assert.Equal(["", ""], [await NextAsync(), await NextAsync()]);
        await other.GetSubscriber().PublishAsync(Partition.Signal, "the next of all");
        Assert.Equal("the next of all", await NextAsync());

        Task<string> NextAsync() => messages.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }
}
