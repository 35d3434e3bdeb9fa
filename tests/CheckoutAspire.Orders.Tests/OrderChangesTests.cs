using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

public sealed class OrderChangesTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly LedgerKit _ledger = new(redis.Server.Connection);
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_step_of_an_order_notifies_every_watch_once()
    {
        await using var changes = Changes();
        var id = LedgerKit.NewSessionId();
        using var one = await changes.WatchAsync(id);
        using var other = await changes.WatchAsync(id);
        var messages = await CountAsync(id);

        await _ledger.SellAsync(id);
        await one.NextAsync(Cancellation);
        await other.NextAsync(Cancellation);
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.Processing), "1-1", livemode: false, TimeSpan.Zero);
        await one.NextAsync(Cancellation);
        await other.NextAsync(Cancellation);
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-2", livemode: false, TimeSpan.FromMinutes(1));
        await _ledger.Transitions.FulfillAsync(id, "1-2", fence: 1);
        await one.NextAsync(Cancellation);
        await other.NextAsync(Cancellation);

        Assert.Equal(OrderState.Fulfilled, (await _ledger.Orders.FindAsync(id))!.State);
        // created, awaiting_payment, claimed, fulfilled.
        Assert.Equal(4, await messages());
    }

    [Theory]
    [InlineData(PaymentStatusChange.Failed)]
    [InlineData(PaymentStatusChange.Expired)]
    [InlineData(PaymentStatusChange.Paid)]
    public async Task One_step_is_one_message(PaymentStatusChange fact)
    {
        var id = LedgerKit.NewSessionId();
        var messages = await CountAsync(id);

        await _ledger.SellAsync(id);
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, fact), "1-1", livemode: false, TimeSpan.Zero);
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, fact), "1-2", livemode: false, TimeSpan.Zero);

        Assert.Equal(2, await messages());
    }

    [Fact]
    public async Task A_review_and_a_refund_notify_too()
    {
        await using var changes = Changes();
        var id = (await _ledger.SellAsync()).SessionId;
        using var watch = await changes.WatchAsync(id);

        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 }, "1-1", livemode: false, TimeSpan.Zero);
        await watch.NextAsync(Cancellation);
        Assert.Equal(OrderState.NeedsReview, (await _ledger.Orders.FindAsync(id))!.State);

        await _ledger.Transitions.RecordReturnAsync(id, "1-2", LedgerKit.Return(ReturnKind.Refund, "re_1", "succeeded", 100));
        await watch.NextAsync(Cancellation);
    }

    [Fact]
    public async Task Orders_that_change_together_each_notify()
    {
        await using var changes = Changes();
        var ids = (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _ledger.SellAsync()))).Select(order => order.SessionId).ToArray();
        var watches = await Task.WhenAll(ids.Select(changes.WatchAsync));

        await Task.WhenAll(ids.Select((id, number) => _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), $"2-{number + 1}", livemode: false, TimeSpan.Zero)));

        await Task.WhenAll(watches.Select(watch => watch.NextAsync(Cancellation)));
        Array.ForEach(watches, watch => watch.Dispose());
    }

    [Fact]
    public async Task A_watch_is_not_notified_of_other_orders()
    {
        // The clock stands still, because the first re-read sends one redundant notification.
        await using var changes = new OrderChanges(redis.Server.Connection, _ledger.Partitions, _time);
        using var watch = await changes.WatchAsync(LedgerKit.NewSessionId());
        using var moved = await changes.WatchAsync(LedgerKit.NewSessionId());

        await _ledger.SellAsync(moved.SessionId);
        await moved.NextAsync(Cancellation);

        Assert.False(await watch.WaitAsync(TimeSpan.Zero, TimeProvider.System, Cancellation));
    }

    [Fact]
    public async Task A_step_whose_message_is_lost_is_found_by_the_next_reread()
    {
        await using var changes = new OrderChanges(redis.Server.Connection, _ledger.Partitions, _time);
        var id = (await _ledger.SellAsync()).SessionId;
        using var watch = await changes.WatchAsync(id);
        // The first re-read sends one redundant notification.
        await NextByRereadAsync(watch);

        await redis.Server.Database.HashSetAsync(
            _ledger.Partitions.Of(id).Order(id), [new HashEntry("state", "expired"), new HashEntry("timeline", "1 created\n2 expired\n")]);

        await NextByRereadAsync(watch);
    }

    [Fact]
    public async Task A_change_after_Redis_came_back_notifies()
    {
        await using var own = await RedisServer.StartAsync();
        var ledger = new LedgerKit(own.Connection);
        await using var changes = new OrderChanges(own.Connection, ledger.Partitions, _time);
        var id = (await ledger.SellAsync()).SessionId;
        using var watch = await changes.WatchAsync(id);
        await NextByRereadAsync(watch);

        await own.KillAsync();
        await own.RestartAsync();
        await Eventually.GetAsync(
            async () =>
            {
                try
                {
                    await ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.Expired), "1-1", livemode: false, TimeSpan.Zero);
                    return true;
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    return false;
                }
            },
            applied => applied,
            Cancellation);

        await NextByRereadAsync(watch);
    }

    [Fact]
    public async Task A_thousand_waiters_take_one_subscription()
    {
        await using var own = await RedisServer.StartAsync();
        var ledger = new LedgerKit(own.Connection, partitions: 2);
        await using var changes = new OrderChanges(own.Connection, ledger.Partitions, TimeProvider.System);

        var watches = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => changes.WatchAsync(LedgerKit.NewSessionId())));

        var channels = (RedisResult[])(await own.Database.ExecuteAsync("PUBSUB", "CHANNELS", "co:*:changes"))!;
        Assert.Equal(2, channels.Length);
        foreach (var channel in channels)
        {
            var subscribers = (RedisResult[])(await own.Database.ExecuteAsync("PUBSUB", "NUMSUB", channel.ToString()))!;
            Assert.Equal(1, (int)subscribers[1]);
        }

        Array.ForEach(watches, watch => watch.Dispose());
    }

    /// <summary>Awaits the watch's next notification while the clock moves on from one re-read to the next.</summary>
    private Task NextByRereadAsync(OrderWatch watch) =>
        _time.AdvanceUntilAsync(watch.NextAsync(Cancellation), TimeSpan.FromSeconds(5), Cancellation);

    private OrderChanges Changes() => new(redis.Server.Connection, _ledger.Partitions, TimeProvider.System);

    /// <summary>Counts an order's messages from now on. The returned function waits for all messages sent so far and returns their number.</summary>
    private async Task<Func<Task<int>>> CountAsync(string sessionId)
    {
        var count = 0;
        var channel = _ledger.Partitions.Of(sessionId).Changes;
        var end = $"end-{sessionId}";
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // A queue delivers the messages in the order in which they were sent. Plain handlers run in parallel, so the end could overtake a message.
        (await redis.Server.Connection.GetSubscriber().SubscribeAsync(channel)).OnMessage(received =>
        {
            if (received.Message == end)
            {
                ended.TrySetResult();
            }
            else if (received.Message.ToString().Split(' ').Contains(sessionId))
            {
                Interlocked.Increment(ref count);
            }
        });
        return async () =>
        {
            await redis.Server.Connection.GetSubscriber().PublishAsync(channel, end);
            await ended.Task.WaitAsync(Cancellation);
            return Volatile.Read(ref count);
        };
    }
}
