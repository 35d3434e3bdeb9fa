using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

public sealed class ReceiverFaultTests : FaultTest
{
    [Fact]
    public async Task A_receiver_that_is_killed_under_load_loses_no_event_that_it_acknowledged()
    {
        var receiver = await StartReceiverAsync();
        await StartWorkerAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => At.SellAsync()));

        var load = stripe.DeliverAllAsync(sold, Cancellation);
        await At.AwaitAsync(() => Task.FromResult<int?>(stripe.Accepted), accepted => accepted > 30);
        await receiver.KillAsync();
        receiver = await StartReceiverAsync();
        await load;

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(150, stripe.Accepted);
    }

    [Fact]
    public async Task A_hundred_simultaneous_copies_of_an_event_have_one_effect_with_two_workers()
    {
        var receiver = await StartReceiverAsync();
        // A lease that no slow machine outlasts: without it, the second worker may rightly repeat a call that takes longer.
        await StartWorkerAsync(("Worker__Lease", "00:05:00"));
        await StartWorkerAsync(("Worker__Lease", "00:05:00"));
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await At.SellAsync();
        var body = StripeEvents.Checkout(sold);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => stripe.DeliverAsync(body, Cancellation)));

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal([MerchantOutcome.Effect], Merchant.Of(sold));
    }
}
