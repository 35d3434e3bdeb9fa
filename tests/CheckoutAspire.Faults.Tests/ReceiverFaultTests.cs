using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

public sealed class ReceiverFaultTests : FaultTest
{
    [Fact]
    public async Task Killed_under_load_the_receiver_loses_nothing_that_it_answered_200()
    {
        var receiver = await StartReceiverAsync();
        await StartWorkerAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => At.SellAsync()));

        var load = Parallel.ForEachAsync(
            sold,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation },
            async (sessionId, cancellation) => await stripe.DeliverAsync(StripeEvents.Checkout(sessionId), cancellation));
        await At.AwaitAsync(() => Task.FromResult<int?>(stripe.Accepted), accepted => accepted > 30);
        await receiver.KillAsync();
        receiver = await StartReceiverAsync();
        await load;

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal(150, stripe.Accepted);
    }

    [Fact]
    public async Task A_hundred_copies_at_once_before_two_workers_have_one_effect()
    {
        var receiver = await StartReceiverAsync();
        await StartWorkerAsync();
        await StartWorkerAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await At.SellAsync();
        var body = StripeEvents.Checkout(sold);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => stripe.DeliverAsync(body, Cancellation)));

        await At.AwaitFulfilledOnceAsync(sold);
        Assert.Equal([MerchantVerdict.Effect], Merchant.Of(sold));
    }
}
