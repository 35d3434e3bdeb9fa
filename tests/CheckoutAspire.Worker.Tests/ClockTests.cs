using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class ClockTests : WorkerTest
{
    [Fact]
    public async Task After_the_clock_of_Redis_was_set_back_an_hour_what_was_in_flight_goes_on_at_once()
    {
        // What a worker left an hour from now, by the clock of then: a failed attempt that waits, a claim, and a witness.
        await using var stripe = await StripeListStub.StartAsync();
        var (waiting, witnessed) = (await Ledger.SellAsync(), await Ledger.SellAsync());
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(witnessed.SessionId), await DeliverAsync(witnessed.SessionId), livemode: false, TimeSpan.Zero);
        var entry = await DeliverAsync(waiting.SessionId);
        var claim = await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(waiting.SessionId), entry, livemode: false, TimeSpan.FromMinutes(1));
        var later = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        await Ledger.Transitions.ScheduleRetryAsync(
            Partition, entry, waiting.SessionId, claim.Fence, attempt: 1, allowed: 9, TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(10), "It failed.");
        await Redis.Database.SortedSetAddAsync(Partition.Outbox, witnessed.SessionId, later);
        await Redis.Database.StringSetAsync(Partition.Clock, later);
        var handler = new RecordingHandler("ship");

        await using var worker = new WorkerHost(
            Redis.ConnectionString, stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:StripeRequestsPerSecond", "1000")], handler);

        await AwaitAsync(waiting.SessionId, OrderState.Fulfilled);
        await Eventually.GetAsync(() => Task.FromResult(stripe.Writes.Count), count => count == 2, Canceled);
        Assert.Single(handler.Orders);
        await Eventually.GetAsync(
            () => Task.FromResult(worker.Warnings.ToArray()),
            lines => lines.Any(line => line.StartsWith("The clock of the Redis server with co:{p0}:events was set back by 00:5", StringComparison.Ordinal)),
            Canceled);
        Assert.InRange((long)await Redis.Database.StringGetAsync(Partition.Clock), 1, later - 3_000_000);
    }

    /// <summary>The same with a clock that is really set back, while workers run.</summary>
    [Fact]
    [Trait("loop", "long")]
    public async Task When_the_clock_of_Redis_is_set_back_an_hour_under_a_running_worker_what_is_in_flight_goes_on()
    {
        if (!RedisClock.IsInstalled)
        {
            Console.WriteLine("A clock that is set back is tested by its traces in Redis only: libfaketime is not installed.");
            return;
        }

        using var clock = new RedisClock();
        await using var redis = await RedisServer.StartAsync(clock.Program);
        var ledger = new LedgerKit(redis.Connection);
        var handler = new RecordingHandler("ship", (order, call, _) => call == 1 ? throw new InvalidOperationException("The first call fails.") : Task.CompletedTask);
        await using var worker = new WorkerHost(
            redis.ConnectionString,
            settings: [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:RetryDelay", "00:00:02"), ("Worker:Lease", "00:00:00.5")],
            handlers: handler);
        var (failed, abandoned) = ((await ledger.SellAsync()).SessionId, (await ledger.SellAsync()).SessionId);
        var partition = ledger.Partitions.All[0];

        // A failed attempt waits for its retry, and another worker has died with a claim. The worker has seen the time.
        await ledger.AppendAsync(failed, StripeEvents.Checkout(failed));
        await Eventually.GetAsync(() => redis.Database.SortedSetLengthAsync(partition.Retry), count => count == 1, Canceled);
        await Eventually.GetAsync(() => redis.Database.KeyExistsAsync(partition.Clock), exists => exists, Canceled);
        await LeaveClaimAsync();
        clock.Set(TimeSpan.FromHours(-1));

        await Eventually.GetAsync(() => ledger.Orders.FindAsync(failed), order => order?.State is OrderState.Fulfilled, Canceled);
        await Eventually.GetAsync(() => ledger.Orders.FindAsync(abandoned), order => order?.State is OrderState.Fulfilled, Canceled);
        Assert.Equal(3, handler.Orders.Count);
        await Eventually.GetAsync(
            () => Task.FromResult(worker.Warnings.ToArray()),
            lines => lines.Any(line => line.Contains("was set back by 0", StringComparison.Ordinal)),
            Canceled);

        // A consumer that does not come back reads the entry, in the same script that appends it, so that the worker cannot be faster.
        async Task LeaveClaimAsync()
        {
            await redis.Database.ScriptEvaluateAsync(
                """
                redis.call('XADD', KEYS[1], '*', 'id', 'evt_' .. ARGV[1], 'type', ARGV[2], 'object', ARGV[1], 'livemode', '0', 'traceparent', '', 'received_at', '0', 'body', ARGV[3])
                redis.call('XREADGROUP', 'GROUP', ARGV[4], 'dead', 'COUNT', 100, 'STREAMS', KEYS[1], '>')
                """,
                [partition.Events],
                [abandoned, HandledEvents.CheckoutCompleted, StripeEvents.Checkout(abandoned), EventStream.Group]);
            var entry = (await redis.Database.StreamRangeAsync(partition.Events)).Single(one => one["object"] == abandoned).Id;
            await ledger.Transitions.ApplyAsync(LedgerKit.Fact(abandoned), entry, livemode: false, TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task Parked_entries_keep_their_place_when_the_clock_is_set_back()
    {
        var sold = await Ledger.SellAsync();
        var entry = await DeliverAsync(sold.SessionId);
        var claim = await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(sold.SessionId), entry, livemode: false, TimeSpan.FromMinutes(1));
        await Ledger.Transitions.ParkAsync(Partition, entry, sold.SessionId, claim.Fence, attempts: 0, "It waits.");
        var place = (await Redis.Database.SortedSetRangeByRankWithScoresAsync(Partition.Retry))[0].Score;
        await Redis.Database.StringSetAsync(Partition.Clock, TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());

        var found = await Ledger.Events.ReturnDueAsync(Partition, 10);
        Assert.InRange(found.ClockSetBack, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        Assert.NotEqual(TimeSpan.Zero, await Ledger.Events.RescoreAsync(Partition, found.ClockSetBack));

        Assert.Equal(place, (await Redis.Database.SortedSetRangeByRankWithScoresAsync(Partition.Retry))[0].Score);
        Assert.Equal(TimeSpan.Zero, await Ledger.Events.RescoreAsync(Partition, found.ClockSetBack));
        Assert.Equal((0, null, 1, TimeSpan.Zero), await Ledger.Events.ReturnDueAsync(Partition, 10) is var again ? (again.Returned, again.Next, again.Parked, again.ClockSetBack) : default);
    }
}
