using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Playwright;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>
/// The nine test cards that Checkout tutorials use, in a real browser. A screenshot of each result is kept in
/// <c>artifacts/screenshots</c>; it does not show the card number.
/// </summary>
/// <remarks><see href="https://docs.stripe.com/testing"/></remarks>
[Trait("loop", "long")]
public sealed class SeedCardTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    [Theory]
    [InlineData("4242424242424242", "123", "visa")]
    [InlineData("5555555555554444", "123", "mastercard")]
    [InlineData("378282246310005", "1234", "amex")]
    public async Task A_good_card_pays_and_leads_to_the_success_page(string number, string cvc, string brand)
    {
        var (page, session) = await SubmitAsync(number, cvc);
        await new CheckoutPage(page).LandAsync(sandbox, session);

        var paid = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id,
            new SessionGetOptions { Expand = ["payment_intent.latest_charge"] },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(("complete", "paid"), (paid.Status, paid.PaymentStatus));
        Assert.Equal(
            ("buyer@example.com", "Ada Buyer", "10001"),
            (paid.CustomerDetails.Email, paid.CustomerDetails.Name, paid.CustomerDetails.Address.PostalCode));
        Assert.Equal(brand, paid.PaymentIntent.LatestCharge.PaymentMethodDetails.Card.Brand);
        await page.GotoAsync(new Uri(sandbox.Address, $"/c/pay/{session.Id}").ToString());
        await Expect(page.Locator("h1")).ToHaveTextAsync("This order is complete");
        await Browser.ScreenshotAsync(page, $"card-{number[^4..]}-paid");
    }

    [Theory]
    [InlineData("4000000000000002", "cardNumber", "Your card was declined. Please try a different card.", "card_declined", "generic_decline")]
    [InlineData("4000000000009995", "cardNumber", "Your card has insufficient funds. Try a different card.", "card_declined", "insufficient_funds")]
    [InlineData("4000000000000069", "cardExpiry", "Your card has expired. Try a different card.", "expired_card", "expired_card")]
    [InlineData("4000000000000127", "cardCvc", "Your card's security code is incorrect.", "incorrect_cvc", "incorrect_cvc")]
    [InlineData("4100000000000019", "cardNumber", "Your card was declined. Please try a different card.", "card_declined", "fraudulent")]
    public async Task A_decline_is_shown_and_the_buyer_pays_with_another_card(
        string number, string field, string sentence, string code, string declineCode)
    {
        var (page, session) = await SubmitAsync(number, "123");
        await Expect(page.Locator($"#{field}-error")).ToHaveTextAsync(sentence);
        await Expect(page.Locator($"#{field}")).ToBeFocusedAsync();
        await page.FillAsync("#cardNumber", "");
        await Browser.ScreenshotAsync(page, $"card-{number[^4..]}-declined");
        var open = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["payment_intent"] }, cancellationToken: TestContext.Current.CancellationToken);
        await page.FillAsync("#cardNumber", "4242424242424242");
        await page.ClickAsync(CheckoutPage.Submit);
        await new CheckoutPage(page).LandAsync(sandbox, session);

        Assert.Equal(("open", "unpaid"), (open.Status, open.PaymentStatus));
        Assert.Equal((code, declineCode), (open.PaymentIntent.LastPaymentError.Code, open.PaymentIntent.LastPaymentError.DeclineCode));
        Assert.Equal("paid", (await sandbox.GetAsync(session.Id)).PaymentStatus);
    }

    [Fact]
    public async Task A_card_that_requires_authentication_pays_when_the_buyer_authenticates()
    {
        var (page, session) = await SubmitAsync("4000002500003155", "123");
        var challenge = page.FrameLocator("#threeDSecureFrame").FrameLocator("#challengeFrame");
        await challenge.Locator("#test-source-authorize-3ds").WaitForAsync();
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
        await page.FillAsync("#cardNumber", "");
        await Browser.ScreenshotAsync(page, "card-3155-challenge");
        await challenge.Locator("#test-source-authorize-3ds").ClickAsync();
        await new CheckoutPage(page).LandAsync(sandbox, session);

        Assert.Equal("paid", (await sandbox.GetAsync(session.Id)).PaymentStatus);
    }

    private async Task<(IPage Page, Session Session)> SubmitAsync(string number, string cvc)
    {
        var page = await pages.OpenAsync();
        var session = await CheckoutPage.CreateAsync(sandbox);
        await page.GotoAsync(session.Url);
        await new CheckoutPage(page).FillCardAsync(number, cvc);
        await page.ClickAsync(CheckoutPage.Submit);
        return (page, session);
    }
}
