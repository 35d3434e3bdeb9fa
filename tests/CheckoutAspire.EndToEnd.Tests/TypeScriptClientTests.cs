using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The sale by the official TypeScript client, which most agents are built on.</summary>
public sealed class TypeScriptClientTests(Shop shop, Browser browser)
{
    [Fact]
    public async Task The_TypeScript_client_sells_a_mug_and_sees_it_fulfilled()
    {
        var sale = await TypeScriptClient.SellAsync(shop, new { product_name = "Red mug", price_cents = 4999, quantity = 2 });
        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);

        var waiting = TypeScriptClient.WaitAsync(shop, sale.SessionId);

        await buyer.PayByCardAsync(Buyer.GoodCard);

        await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        var checkout = await waiting;
        Assert.Equal((9998L, 1), (checkout.AmountTotal, checkout.Fulfillment.Count));
        await shop.AssertFulfilledOnceAsync(sale.SessionId);
    }

    [Fact]
    public async Task The_TypeScript_client_receives_the_name_of_a_wrong_argument()
    {
        var refused = await TypeScriptClient.CallAsync(shop, "initiate_checkout", new { product_name = "Red mug", price_cents = 0 });

        Assert.True(refused.GetProperty("isError").GetBoolean());
        Assert.Equal("price_cents", refused.GetProperty("structuredContent").GetProperty("param").GetString());
    }
}
