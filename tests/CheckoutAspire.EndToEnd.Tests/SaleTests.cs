using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>An agent sells, a buyer pays on the hosted page, and the order is fulfilled once.</summary>
public sealed class SaleTests(Shop shop, Browser browser)
{
    [Fact]
    public async Task A_paid_order_is_fulfilled_exactly_once_and_the_buyer_and_the_agent_see_it()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync();
        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);
        var waiting = agent.WaitForPaymentAsync(sale.SessionId);

        await buyer.PayByCardAsync(Buyer.GoodCard);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        await buyer.ExpectOrderStateAsync("fulfilled");
        await buyer.ExpectTitleAsync("Your order is confirmed");
        Assert.Equal(1, (await waiting).Fulfillment.Count);
        var checkout = await agent.GetAsync(sale.SessionId);
        Assert.Equal(("complete", "paid", "fulfilled", 9998L), (checkout.Status, checkout.PaymentStatus, checkout.OrderState, checkout.AmountTotal));
        Assert.Equal(["created", "fulfilled"], checkout.Steps);
        Assert.Equal(new CheckoutFulfillment("fulfill/" + sale.SessionId, 1), checkout.Fulfillment);
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    [Fact]
    public async Task A_declined_card_leaves_the_session_open_and_another_card_pays_it()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync();
        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);

        await buyer.PayByCardAsync(Buyer.DeclinedCard);

        await buyer.ExpectDeclineAsync();
        var declined = await agent.GetAsync(sale.SessionId);
        Assert.Equal(("open", "unpaid", "created", 0), (declined.Status, declined.PaymentStatus, declined.OrderState, declined.Fulfillment.Count));
        Assert.Empty(await shop.Stripe.ListEventsAsync(sale.SessionId));

        await buyer.PayByCardAsync(Buyer.GoodCard);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        await agent.WaitForAsync(sale.SessionId, "fulfilled");
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    [Fact]
    public async Task A_bank_debit_is_fulfilled_when_the_money_arrives_and_not_before()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync("eur");
        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);

        await buyer.PayByDebitAsync(Buyer.GoodIban);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        await buyer.ExpectOrderStateAsync("processing");
        await shop.Stripe.SettleAsync(sale.SessionId);
        var checkout = await agent.WaitForAsync(sale.SessionId, "fulfilled");
        Assert.Equal(["created", "awaiting_payment", "fulfilled"], checkout.Steps);
        Assert.Equal(
            [("checkout.session.completed", "unpaid"), ("checkout.session.async_payment_succeeded", "paid")],
            (await shop.Stripe.ListEventsAsync(sale.SessionId))
                .Select(item => ((string)item["type"]!, (string)item["data"]!["object"]!["payment_status"]!)));
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
        await buyer.Page.ReloadAsync();
        await buyer.ExpectOrderStateAsync("fulfilled");
    }

    [Fact]
    public async Task A_new_ledger_is_reconciled_with_Stripe_at_once()
    {
        var cursor = new ReconciliationCursor(shop.Ledger.Redis);

        await Eventually.GetAsync(
            () => cursor.ReadAsync(ReconciliationCursor.Sessions), position => position.Until is not null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Opening_the_success_page_does_not_fulfill_an_order()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync();

        await using var buyer = await Buyer.OpenAsync(browser, $"{shop.McpApi}checkout/success?session_id={sale.SessionId}");

        await buyer.ExpectOrderStateAsync("open");
        var checkout = await agent.GetAsync(sale.SessionId);
        Assert.Equal(("open", "created", 0), (checkout.Status, checkout.OrderState, checkout.Fulfillment.Count));
    }
}
