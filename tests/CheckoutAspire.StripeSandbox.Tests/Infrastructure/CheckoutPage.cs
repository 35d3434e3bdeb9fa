using Microsoft.Playwright;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>Fills in the payment page by the field ids of Stripe's own page.</summary>
internal sealed class CheckoutPage(IPage page)
{
    public const string Submit = "[data-testid=hosted-payment-submit-button]";

    // Any page can serve as the merchant's success page. The sandbox's health endpoint answers 200.
    public static Task<Session> CreateAsync(SandboxServer sandbox, Action<SessionCreateOptions>? change = null, string currency = "usd") =>
        sandbox.CreateAsync(
            options =>
            {
                options.SuccessUrl = $"{sandbox.Address}alive?session_id={{CHECKOUT_SESSION_ID}}";
                change?.Invoke(options);
            },
            currency);

    public async Task FillCardAsync(string number, string cvc = "123")
    {
        await page.FillAsync("#email", "buyer@example.com");
        await page.FillAsync("#cardNumber", number);
        await page.FillAsync("#cardExpiry", "12/34");
        await page.FillAsync("#cardCvc", cvc);
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.SelectOptionAsync("#billingCountry", "US");
        await page.FillAsync("#billingPostalCode", "10001");
    }

    /// <summary>Waits for the success page. If the buyer does not get there, the failure contains the page's error.</summary>
    public async Task LandAsync(SandboxServer sandbox, Session session)
    {
        try
        {
            await page.ExpectAddressAsync($"{sandbox.Address}alive?session_id={session.Id}");
        }
        catch (PlaywrightException exception)
        {
            var text = await page.Locator("body").InnerTextAsync();
            throw new TimeoutException($"The buyer is still at {page.Url}, which says: {text}", exception);
        }
    }
}

internal static class PageAddress
{
    /// <summary>Waits until the page has loaded, by polling: waiting for a navigation misses one that has just ended.</summary>
    public static Task ExpectAddressAsync(this IPage page, string address) =>
        Assertions.Expect(page).ToHaveURLAsync(address, new() { Timeout = 60_000 });
}
