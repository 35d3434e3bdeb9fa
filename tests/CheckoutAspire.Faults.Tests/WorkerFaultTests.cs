using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Faults.Tests;

public sealed class WorkerFaultTests : FaultTest
{
    [Fact]
    public async Task When_a_worker_is_killed_during_its_call_another_one_makes_the_effect_and_the_late_call_is_rejected()
    {
        var gate = new Gate();
        Merchant.BeforeEffect = call => call.Number == 1 ? gate.PassAsync() : Task.FromResult(true);
        var killed = await StartWorkerAsync();
        var sold = await At.SellPaidAsync(1);
        await AwaitWaitingAsync(gate, 1);

        await killed.KillAsync();
        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(sold);

        // The call of the killed worker now reaches the merchant.
        gate.Open();
        await At.AwaitAsync(() => Task.FromResult(Merchant.Of(sold[0])), calls => calls.Count == 2);
        Assert.Equal([MerchantOutcome.Effect, MerchantOutcome.Stale], Merchant.Of(sold[0]));
    }

    [Fact]
    public async Task When_a_worker_is_killed_between_effect_and_commit_the_call_is_repeated_and_the_effect_is_not()
    {
        var killed = await StartWorkerAsync();
        var sold = await SellAndKillAfterEffectAsync(killed);

        await StartWorkerAsync();

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal([MerchantOutcome.Effect, MerchantOutcome.Redelivered], Merchant.Of(sold[0]));
    }

    [Fact]
    public async Task Entries_that_a_killed_worker_had_read_or_claimed_are_taken_over()
    {
        var sold = await At.SellPaidAsync(2);
        await At.Ledger.Events.EnsureGroupAsync(At.Partition);
        var read = await At.Ledger.Events.ReadNewAsync(At.Partition, "dead", 2);
        var claimed = Assert.Single(read, entry => LedgerKit.ObjectOf(entry) == sold[1]);
        await At.Ledger.Transitions.ApplyAsync(
            LedgerKit.Fact(sold[1]), claimed.Id, livemode: false, TimeSpan.FromSeconds(1));

        await StartWorkerAsync();

        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Fact]
    public async Task A_worker_that_is_paused_beyond_its_lease_cannot_commit()
    {
        var (first, second) = (new Gate(), new Gate());
        Merchant.BeforeEffect = call => (call.Number == 1 ? first : second).PassAsync();
        var stopped = await StartWorkerAsync();
        var sold = await At.SellPaidAsync(1);
        await AwaitWaitingAsync(first, 1);

        // The merchant makes the effect and responds while the worker is paused. Meanwhile another worker claims the order.
        await stopped.SuspendAsync();
        first.Open();
        await At.AwaitAsync(() => Task.FromResult(Merchant.Of(sold[0])), calls => calls.Count == 1);
        await StartWorkerAsync();
        await AwaitWaitingAsync(second, 1);

        // It is asked to stop first, so that it cannot claim the order again when the other worker's lease of a second runs out on a slow machine.
        stopped.AskToStop();
        stopped.Resume();
        Assert.Equal(0, await stopped.WaitForExitAsync());

        var order = await At.FindAsync(sold[0]);
        Assert.Equal(OrderState.Claimed, order!.State);
        Assert.Equal(0, order.Fulfillments);

        second.Open();
        await At.AwaitFulfilledOnceAsync(sold);
        Assert.NotEqual("fence 1", Assert.Single(Steps((await At.FindAsync(sold[0]))!, "fulfilled")));
        Assert.Contains(MerchantOutcome.Redelivered, Merchant.Of(sold[0]));
    }

    [Fact]
    public async Task A_worker_that_is_paused_before_its_effect_is_also_rejected_by_the_merchant()
    {
        var gate = new Gate();
        Merchant.BeforeEffect = call => call.Number == 1 ? gate.PassAsync() : Task.FromResult(true);
        var stopped = await StartWorkerAsync();
        var sold = await At.SellPaidAsync(1);
        await AwaitWaitingAsync(gate, 1);

        await stopped.SuspendAsync();
        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(sold);
        gate.Open();
        stopped.Resume();
        Assert.Equal(0, await stopped.TerminateAsync());

        await At.AwaitFulfilledOnceAsync(sold);
        await At.AwaitAsync(() => Task.FromResult(Merchant.Of(sold[0])), calls => calls.Count == 2);
        Assert.Equal([MerchantOutcome.Effect, MerchantOutcome.Stale], Merchant.Of(sold[0]));
    }

    [Fact]
    public async Task A_worker_that_is_asked_to_stop_while_busy_releases_its_claims_before_their_leases_expire()
    {
        var gate = new Gate();
        Merchant.BeforeEffect = call => call.Number == 1 ? gate.PassAsync() : Task.FromResult(true);
        (string, string) lease = ("Worker__Lease", "00:10:00");
        var leaving = await StartWorkerAsync(lease, ("Worker__Concurrency", "4"), ("Worker__StopGrace", "00:00:00"));
        var sold = await At.SellPaidAsync(12);
        await AwaitWaitingAsync(gate, 4);

        Assert.Equal(0, await leaving.TerminateAsync());
        Merchant.BeforeEffect = _ => Task.FromResult(true);
        var successor = await StartWorkerAsync(lease);
        await At.AwaitFulfilledOnceAsync(sold);

        // Four orders were claimed twice, although their first leases of ten minutes had not expired.
        var orders = await Task.WhenAll(sold.Select(At.FindAsync));
        Assert.Equal(4, orders.Count(order => Steps(order!, "fulfilled").Single() == "fence 2"));
        gate.Open();
        Assert.Equal(0, await successor.TerminateAsync());
    }

    [Fact]
    public async Task A_worker_that_is_asked_to_stop_under_load_leaves_no_entry_that_waits_for_a_lease()
    {
        (string, string)[] settings = [("Worker__Lease", "00:10:00"), ("Worker__StopGrace", "00:00:00"), ("Worker__Concurrency", "16")];
        Merchant.BeforeEffect = async _ =>
        {
            await Task.Delay(20, Cancellation);
            return true;
        };
        var leaving = await StartWorkerAsync(settings);
        await StartWorkerAsync(settings);
        var load = At.SellPaidAsync(300);
        await At.AwaitAsync(() => Task.FromResult<int?>(Merchant.Audit.Count), calls => calls > 40);

        Assert.Equal(0, await leaving.TerminateAsync());

        await At.AwaitFulfilledOnceAsync(await load);
    }

    /// <summary>With a limit of one crash and of one attempt: a deployment would already be too much if deliveries counted.</summary>
    [Fact]
    [Trait("loop", "long")]
    public async Task Deployments_while_the_merchant_hangs_count_against_no_order()
    {
        var gate = new Gate();
        Merchant.BeforeEffect = call => call.Fence <= 2 ? gate.PassAsync() : Task.FromResult(true);
        (string, string)[] settings =
            [("Worker__Lease", "00:10:00"), ("Worker__StopGrace", "00:00:00"), ("Worker__MaxCrashes", "1"), ("Worker__MaxAttempts", "1"), ("Worker__Concurrency", "16")];
        var sold = await At.SellPaidAsync(12);
        for (var deployment = 1; deployment <= 2; deployment++)
        {
            var worker = await StartWorkerAsync(settings);
            await AwaitWaitingAsync(gate, 12 * deployment);
            Assert.Equal(0, await worker.TerminateAsync());
        }

        await StartWorkerAsync(settings);

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.All(await Task.WhenAll(sold.Select(At.FindAsync)), order => Assert.Equal(["fence 3"], Steps(order!, "fulfilled")));
        Assert.Equal(0, await At.Database.StreamLengthAsync(At.Partition.Dead));
        gate.Open();
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task An_order_whose_handler_kills_each_worker_is_dead_lettered_and_the_orders_next_to_it_are_fulfilled()
    {
        var sold = await At.SellPaidAsync(20);
        var bad = sold[7];
        (string, string)[] settings =
        [
            (CrashingWorker.Variable, bad), ("FULFILLMENT_URL", ""), ("FULFILLMENT_SECRET", ""), ("Worker__MaxCrashes", "3"), ("Worker__Lease", "00:00:00.2"),
        ];

        // Twice together with the others, and then alone, because it may be what ended its workers.
        for (var crash = 1; crash <= 3; crash++)
        {
            Assert.NotEqual(0, await At.RunToEndAsync(CrashingWorker.Name, settings));
        }

        await At.StartAsync(CrashingWorker.Name, settings);

        foreach (var good in sold.Where(id => id != bad))
        {
            Assert.Equal(1, (await At.AwaitStateAsync(good, OrderState.Fulfilled)).Fulfillments);
        }

        await At.AwaitQuietAsync();
        var dead = Assert.Single(await At.Database.StreamRangeAsync(At.Partition.Dead));
        Assert.Equal((bad, "It ended its worker 3 times."), (dead["object"].ToString(), dead["reason"].ToString()));
        var order = (await At.FindAsync(bad))!;
        Assert.Equal((OrderState.Claimed, OrderPayment.Paid, 0), (order.State, order.Payment, order.Fulfillments));
    }

    [Fact]
    public async Task An_entry_that_crashes_its_worker_each_time_is_dead_lettered_and_can_be_redriven()
    {
        var sold = await At.SellPaidAsync(2);
        await At.Ledger.Events.EnsureGroupAsync(At.Partition);
        var poison = Assert.Single(await At.Ledger.Events.ReadNewAsync(At.Partition, "dead", 1));
        var (bad, good) = LedgerKit.ObjectOf(poison) == sold[0] ? (sold[0], sold[1]) : (sold[1], sold[0]);
        await At.Database.ExecuteAsync(
            "XCLAIM", At.Partition.Events, EventStream.Group, "dead", 0, poison.Id, "IDLE", 3_600_000, "RETRYCOUNT", 12, "JUSTID");

        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(good);

        var dead = Assert.Single(await At.Database.StreamRangeAsync(At.Partition.Dead));
        Assert.Equal("It ended its worker 12 times.", dead["reason"]);
        Assert.Empty(Merchant.Of(bad));

        Assert.Equal(200, (await OpsAsync($"ops/dead/0/{dead.Id}/redrive")).Status);
        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(0, await At.Database.StreamLengthAsync(At.Partition.Dead));
    }
}
