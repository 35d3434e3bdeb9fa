using System.Net;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>Stripe delivers an event at least once. The order is fulfilled exactly once.</summary>
public sealed class DuplicateDeliveryTests(Shop shop)
{
    [Fact]
    public async Task The_same_event_delivered_50_times_at_once_fulfills_once()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync();
        var paid = await PaidEventAsync(sale);

        var answers = await shop.DeliverAsync(paid, times: 50);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        var outcomes = await shop.OutcomesAsync(sale.SessionId, 50);
        Assert.Single(outcomes, outcome => outcome == "fulfilled");
        Assert.All(outcomes, outcome => Assert.True(outcome is "fulfilled" or "duplicate", outcome));
        Assert.Equal(1, (await agent.GetAsync(sale.SessionId)).Fulfillment.Count);
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    /// <summary>The event that Stripe would send once the sale is paid.</summary>
    private async Task<byte[]> PaidEventAsync(Sale sale)
    {
        var session = await shop.Stripe.GetSessionAsync(sale.SessionId);
        return StripeEvents.Checkout(
            sale.SessionId,
            amountSubtotal: sale.AmountTotal,
            traceparent: (string?)session["metadata"]!["traceparent"],
            change: item => item["data"]!["object"]!["created"] = (long)session["created"]!);
    }
}
