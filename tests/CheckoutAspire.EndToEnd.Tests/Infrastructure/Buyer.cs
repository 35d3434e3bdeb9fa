using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>A buyer at the payment page, by the field ids of Stripe's own page.</summary>
internal sealed class Buyer(IPage page) : IAsyncDisposable
{
    public const string GoodCard = "4242424242424242";
    public const string DeclinedCard = "4000000000000002";
    public const string GoodIban = "AT611904300234573201";

    private const float Patience = 30_000;

    public IPage Page => page;

    public async Task PayByCardAsync(string number)
    {
        await page.FillAsync("#email", "buyer@example.com");
        await page.FillAsync("#cardNumber", number);
        await page.FillAsync("#cardExpiry", "12/34");
        await page.FillAsync("#cardCvc", "123");
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.SelectOptionAsync("#billingCountry", "US");
        await page.FillAsync("#billingPostalCode", "10001");
        await SubmitAsync();
    }

    public async Task PayByDebitAsync(string iban)
    {
        await page.FillAsync("#email", "buyer@example.com");
        await page.Locator("label[for=method-sepa_debit]").ClickAsync();
        await page.FillAsync("#iban", iban);
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.SelectOptionAsync("#billingCountry", "AT");
        await SubmitAsync();
    }

    /// <summary>The page tells the buyer that the card was declined, and stays.</summary>
    public Task ExpectDeclineAsync() =>
        Expect(page.Locator("#cardNumber-error")).ToHaveTextAsync("Your card was declined. Please try a different card.", new() { Timeout = Patience });

    /// <summary>The buyer is sent to this shop's success page, of this order.</summary>
    public Task ExpectSuccessPageAsync(Shop shop, string sessionId) =>
        Expect(page).ToHaveURLAsync($"{shop.Topology.McpApi}/checkout/success?session_id={sessionId}", new() { Timeout = Patience });

    /// <summary>The order page shows a state; it asks for news by itself.</summary>
    public Task ExpectOrderStateAsync(string pattern) =>
        Expect(page.Locator("main")).ToHaveAttributeAsync("data-state", new Regex($"^({pattern})$"), new() { Timeout = Patience });

    public Task ExpectTitleAsync(string title) => Expect(page.Locator("h1")).ToHaveTextAsync(title, new() { Timeout = Patience });

    public async ValueTask DisposeAsync() => await page.Context.DisposeAsync();

    private Task SubmitAsync() => page.ClickAsync("[data-testid=hosted-payment-submit-button]");
}
