using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Json.Schema;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Playwright;
using StandardWebhooks;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>A sale that a merchant can ship: lines, shipping, tax, a promotion code and the buyer's answers, in German.</summary>
[Collection(nameof(AppHostProcess))]
public sealed class GermanSaleTests(AppHostProcess application, Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_mugs_and_a_shirt_are_sold_in_German_and_the_merchant_receives_the_whole_order()
    {
        await CreatePromotionCodeAsync();
        var sale = await TypeScriptClient.SellAsync(application, new
        {
            line_items = new object[] { new { product_id = "mug-red", quantity = 2 }, new { product_id = "shirt" } },
            locale = "de-AT",
            client_reference_id = "cart-7",
            metadata = new[] { new { key = "campaign", value = "winter" } },
        });
        Assert.Equal((8970L + 490, "eur"), (sale.AmountTotal, sale.Currency));

        await using var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl);
        await PayAsync(buyer.Page);
        await buyer.ExpectSuccessPageAsync(application, sale.SessionId);
        await Expect(buyer.Page.Locator("html")).ToHaveAttributeAsync("lang", "de");

        var checkout = await TypeScriptClient.WaitAsync(application, sale.SessionId);
        // 89.70, less 10 percent, and 9.90 for the parcel. The prices contain the tax.
        Assert.Equal((9063L, 1), (checkout.AmountTotal, checkout.Fulfillment.Count));
        Assert.DoesNotContain("needs_review", checkout.Steps);
        await application.AssertFulfilledOnceAsync(sale.SessionId);
        AssertWhole(await NoticeAsync(sale.SessionId));
    }

    private static void AssertWhole(JsonNode order)
    {
        Assert.Equal(
            (8970, 897, 990, 9063),
            ((int)order["amount_subtotal"]!, (int)order["amount_discount"]!, (int)order["amount_shipping"]!, (int)order["amount_total"]!));
        var lines = order["lines"]!.AsArray();
        Assert.Equal(
            [("mug-red", "Rote Tasse", 2, 2490, 498), ("shirt", "T-Shirt", 1, 3990, 399)],
            lines.Select(line => ((string)line!["product_id"]!, (string)line["name"]!, (int)line["quantity"]!, (int)line["unit_amount"]!, (int)line["amount_discount"]!)));
        Assert.Equal((int)order["amount_total"]!, lines.Sum(line => (int)line!["amount_total"]!) + (int)order["shipping_rate"]!["amount_total"]!);
        Assert.Equal((int)order["amount_tax"]!, lines.Sum(line => (int)line!["amount_tax"]!) + (int)order["shipping_rate"]!["amount_tax"]!);
        // 19 percent of what was paid without the tax, with each amount rounded: 716 and 573 of the lines, 158 of the parcel.
        Assert.Equal(716 + 573 + 158, (int)order["amount_tax"]!);
        Assert.Equal("Express", (string)order["shipping_rate"]!["display_name"]!);
        Assert.Equal("Ada Käuferin|Invalidenstraße 116|10115|Berlin|DE", Joined(order["shipping"]!["name"], order["shipping"]!["address"]!));
        Assert.Equal(("ada@example.com", "+49 30 123456"), ((string)order["buyer"]!["email"]!, (string)order["buyer"]!["phone"]!));
        Assert.Equal(("size", "l"), ((string)order["custom_fields"]![0]!["key"]!, (string)order["custom_fields"]![0]!["value"]!));
        Assert.Equal(
            ("accepted", "de", "cart-7", "winter"),
            ((string)order["consent"]!["terms_of_service"]!, (string)order["locale"]!, (string)order["client_reference_id"]!, (string)order["metadata"]!["campaign"]!));

        static string Joined(JsonNode? name, JsonNode address) =>
            string.Join('|', new[] { name, address["line1"], address["postal_code"], address["city"], address["country"] }.Select(part => (string?)part));
    }

    private static async Task PayAsync(IPage page)
    {
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "de");
        await page.FillAsync("#promotionCode", "WINTER10");
        await page.ClickAsync("#applyPromotion");
        await Expect(page.GetByTestId("discount-amount")).ToHaveTextAsync("−8,97\u00a0€");
        await page.FillAsync("#email", "ada@example.com");
        await page.FillAsync("#phoneNumber", "+49 30 123456");
        await page.FillAsync("#shippingName", "Ada Käuferin");
        await page.SelectOptionAsync("#shippingCountry", "DE");
        await page.FillAsync("#shippingAddressLine1", "Invalidenstraße 116");
        await page.FillAsync("#shippingPostalCode", "10115");
        await page.FillAsync("#shippingLocality", "Berlin");
        await page.GetByLabel("Express").CheckAsync();
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("90,63\u00a0€");
        await page.FillAsync("#cardNumber", Buyer.GoodCard);
        await page.FillAsync("#cardExpiry", "12/34");
        await page.FillAsync("#cardCvc", "123");
        await page.FillAsync("#billingName", "Ada Käuferin");
        await page.SelectOptionAsync("#customField-size", "l");
        await page.CheckAsync("#termsOfServiceConsentCheckbox");
        await Browser.ScreenshotAsync(page, "german-sale");
        await page.ClickAsync("[data-testid=hosted-payment-submit-button]");
    }

    /// <summary>
    /// The merchant's notice of the order, verified as the merchant does, and as its schema describes it. A notice that the merchant has answered too slowly
    /// comes again.
    /// </summary>
    private async Task<JsonNode> NoticeAsync(string sessionId)
    {
        var call = await Eventually.GetAsync(
            () => Task.FromResult(application.Merchant.Calls.FirstOrDefault(each => each.Type == "order.paid" && (string?)each.Data["id"] == sessionId)),
            found => found is not null,
            Cancellation);
        new StandardWebhook(application.Merchant.Key).Verify(
            call!.Text, new HeaderDictionary(call.Headers.ToDictionary(header => header.Key, header => new StringValues(header.Value))));
        var schema = JsonSchema.FromText(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "schemas", "order.paid.schema.json"), Cancellation));
        Assert.True(schema.Evaluate(call.Json.Deserialize<JsonElement>(), new EvaluationOptions { RequireFormatValidation = true }).IsValid, call.Text);
        return call.Data;
    }

    private async Task CreatePromotionCodeAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = application.StripeSandbox };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningApplication.StripeKey);
        foreach (var (path, form) in new (string, Dictionary<string, string>)[]
        {
            ("/v1/coupons", new() { ["id"] = "winter", ["percent_off"] = "10" }),
            ("/v1/promotion_codes", new() { ["promotion[type]"] = "coupon", ["promotion[coupon]"] = "winter", ["code"] = "WINTER10" }),
        })
        {
            using var content = new FormUrlEncodedContent(form);
            using var response = await http.PostAsync(path, content, Cancellation);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        }
    }
}
