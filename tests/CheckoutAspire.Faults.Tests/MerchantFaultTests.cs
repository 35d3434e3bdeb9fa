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
