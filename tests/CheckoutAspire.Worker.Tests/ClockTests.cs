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
        Assert.Contains(worker.Warnings, line => line.StartsWith("The clock of the Redis server with co:{p0}:events was set back by 00:59:", StringComparison.Ordinal));
        Assert.InRange((long)await Redis.Database.StringGetAsync(Partition.Clock), 1, later - 3_000_000);
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
