using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Faults.Tests;

public sealed class MerchantFaultTests : FaultTest
{
    [Fact]
    public async Task A_merchant_that_fails_is_called_again_with_the_same_key()
    {
        Merchant.BeforeEffect = call => Task.FromResult(call.Number > 3);
        await StartWorkerAsync();

        var sold = await At.SellPaidAsync(1);

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(
            [MerchantOutcome.Failed, MerchantOutcome.Failed, MerchantOutcome.Failed, MerchantOutcome.Effect], Merchant.Of(sold[0]));
        Assert.Equal(["fence 4"], Steps((await At.FindAsync(sold[0]))!, "fulfilled"));
    }

    [Fact]
    public async Task A_lost_response_repeats_the_call_but_not_the_effect()
    {
        Merchant.AfterEffect = call => Task.FromResult(call.Number > 1);
        await StartWorkerAsync();

        var sold = await At.SellPaidAsync(1);

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal([MerchantOutcome.Effect, MerchantOutcome.Redelivered], Merchant.Of(sold[0]));
    }

    /// <summary>Scaled days: without the pause, five attempts would end in dead letters within a second.</summary>
    [Fact]
    public async Task While_the_merchant_is_down_orders_wait_and_are_fulfilled_once_it_is_back()
    {
        var back = false;
        Merchant.BeforeEffect = _ => Task.FromResult(back);
        await StartWorkerAsync(("Worker__MaxAttempts", "5"), ("Worker__PauseAfter", "4"), ("Worker__MaxRetryDelay", "00:00:00.2"));
        var sold = await At.SellPaidAsync(30);
        await At.AwaitAsync(() => At.Database.SortedSetLengthAsync(At.Partition.Retry, 1e15), parked => parked == 30);
        var calls = Merchant.Audit.Count;

        // Longer than all attempts of an order would take. Probes go on, one at a time. Each would come after twice the time of the one before.
        await At.AwaitAsync(
            async () =>
            {
                await At.Database.HashSetAsync("co:ledger:handler:merchant_webhook", "probes", 0);
                return (int?)Merchant.Audit.Count;
            },
            count => count >= calls + 6);
        Assert.Equal(0, await At.Database.StreamLengthAsync(At.Partition.Dead));
        back = true;

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(0, await At.Database.StreamLengthAsync(At.Partition.Dead));
    }

    [Fact]
    public async Task A_worker_without_the_merchants_address_does_not_start_next_to_one_with_it()
    {
        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(await At.SellPaidAsync(1));

        var without = At.RunToEndAsync(Installation.Worker, ("FULFILLMENT_URL", ""), ("FULFILLMENT_SECRET", ""));
        var sold = await At.SellPaidAsync(25);

        Assert.Equal(1, await without);
        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Fact]
    public async Task If_the_merchant_keeps_failing_the_event_is_dead_lettered_and_can_be_redriven_once()
    {
        var back = false;
        Merchant.BeforeEffect = _ => Task.FromResult(back);
        await StartWorkerAsync(("Worker__MaxAttempts", "3"));
        var sold = await At.SellPaidAsync(1);

        var letters = await At.AwaitAsync(
            () => At.Database.StreamRangeAsync(At.Partition.Dead), dead => dead.Length == 1);
        Assert.Equal("3", letters[0]["attempts"]);
        Assert.Equal("The handler merchant_webhook failed (HTTP 500).", letters[0]["reason"]);
        Assert.Equal(OrderState.Claimed, (await At.FindAsync(sold[0]))!.State);
        Assert.Equal(3, Merchant.Count(MerchantOutcome.Failed));

        back = true;
        Assert.Equal(200, (await OpsAsync($"ops/dead/0/{letters[0].Id}/redrive")).Status);
        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(404, (await OpsAsync($"ops/dead/0/{letters[0].Id}/redrive")).Status);
        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(0, await At.Database.StreamLengthAsync(At.Partition.Dead));
    }
}
