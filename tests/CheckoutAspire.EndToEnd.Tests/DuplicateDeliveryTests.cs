using System.Net;
using System.Text;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>Stripe delivers at least once, in any order, and again after days: the order is fulfilled once.</summary>
public sealed class DuplicateDeliveryTests(Shop shop, Browser browser)
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
        Assert.Equal([.. Enumerable.Repeat("duplicate", 49), "fulfilled"], outcomes);
        Assert.Equal(1, (await agent.GetAsync(sale.SessionId)).Fulfillment.Count);
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    [Fact]
    public async Task An_order_survives_a_restart_of_everything_and_its_event_delivered_again_changes_nothing()
    {
        var own = new Shop();
        try
        {
            await own.InitializeAsync();
            var sale = await SellAndPayAsync(own);
            var before = await own.Ledger.Orders.FindAsync(sale.SessionId);
            var completed = Assert.Single(await own.Stripe.ListEventsAsync(sale.SessionId));

            await own.RestartAsync();

            await using var agent = await Agent.ConnectAsync(own);
            var after = await agent.GetAsync(sale.SessionId);
            Assert.Equal(("fulfilled", 1), (after.OrderState, after.Fulfillment.Count));
            Assert.Equal([HttpStatusCode.OK], await own.DeliverAsync(Encoding.UTF8.GetBytes(completed.ToJsonString())));
            Assert.Equal(["duplicate"], await own.OutcomesAsync(sale.SessionId, 1));
            await own.AssertFulfilledOnceAsync(sale.SessionId);
            Assert.Equivalent(before, await own.Ledger.Orders.FindAsync(sale.SessionId), strict: true);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    private async Task<Sale> SellAndPayAsync(Shop own)
    {
        await using var agent = await Agent.ConnectAsync(own);
        var sale = await agent.SellAsync();
        await using var buyer = await browser.OpenAsync(sale.CheckoutUrl);
        await buyer.PayByCardAsync(Buyer.GoodCard);
        await buyer.ExpectSuccessPageAsync(own, sale.SessionId);
        await agent.WaitForAsync(sale.SessionId, "fulfilled");
        return sale;
    }

    /// <summary>What Stripe would say of the sale once it is paid, before it has said so.</summary>
    private async Task<byte[]> PaidEventAsync(Sale sale)
    {
        var session = await shop.Stripe.GetSessionAsync(sale.SessionId);
        return TestKit.StripeEvents.Checkout(
            sale.SessionId,
            amountSubtotal: sale.AmountTotal,
            traceparent: (string?)session["metadata"]!["traceparent"],
            change: item => item["data"]!["object"]!["created"] = (long)session["created"]!);
    }
}
