using System.Net;
using System.Text.RegularExpressions;
using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>A buyer on the payment page, which has the field ids of Stripe's own page.</summary>
internal sealed class Buyer(IPage page) : IAsyncDisposable
{
    public const string GoodCard = "4242424242424242";
    public const string DeclinedCard = "4000000000000002";
    public const string GoodIban = "AT611904300234573201";

    public IPage Page => page;

    /// <summary>
    /// A new buyer, with no cookies of another one, opens a page, and again if it is unavailable, which a payment link is while Redis is slow. It returns when the
    /// page's script has run.
    /// </summary>
    public static async Task<Buyer> OpenAsync(Browser browser, string address)
    {
        var page = await browser.OpenAsync();
        await Eventually.GetAsync(
            async () => (await page.GotoAsync(address))?.Status, status => status is not (int)HttpStatusCode.ServiceUnavailable, TestContext.Current.CancellationToken);
        return new Buyer(page);
    }

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

    /// <summary>The payment page stays open and shows that the card was declined.</summary>
    public Task ExpectDeclineAsync() =>
        Expect(page.Locator("#cardNumber-error")).ToHaveTextAsync("Your card was declined. Please try a different card.");

    /// <summary>The buyer is sent to the application's success page of this order.</summary>
    public Task ExpectSuccessPageAsync(RunningApplication application, string sessionId) =>
        Expect(page).ToHaveURLAsync($"{application.McpApi}checkout/success?session_id={sessionId}");

    /// <summary>The order page, which refreshes by itself, shows a state.</summary>
    public Task ExpectOrderStateAsync(string pattern) =>
        Expect(page.Locator("main")).ToHaveAttributeAsync("data-state", new Regex($"^({pattern})$"));

    public Task ExpectTitleAsync(string title) => Expect(page.Locator("h1")).ToHaveTextAsync(title);

    public async ValueTask DisposeAsync() => await page.Context.DisposeAsync();

    private Task SubmitAsync() => page.ClickAsync("[data-testid=hosted-payment-submit-button]");
}
