using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Playwright;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>A buyer at the page, in a real browser, by the field ids of Stripe's own page.</summary>
public sealed class HostedPageTests(SandboxServer sandbox, Browser browser) : IClassFixture<SandboxServer>, IClassFixture<Browser>
{
    private const string Submit = "[data-testid=hosted-payment-submit-button]";

    [Theory]
    [InlineData("4242424242424242", "123", "visa")]
    [InlineData("5555555555554444", "123", "mastercard")]
    [InlineData("378282246310005", "1234", "amex")]
    public async Task A_good_card_pays_and_leads_to_the_success_page(string number, string cvc, string brand)
    {
        var (page, session) = await OpenAsync();

        await FillAsync(page, number, cvc);
        await Browser.ScreenshotAsync(page, $"pay-{brand}");
        await page.ClickAsync(Submit);
        await LandAsync(page, session);

        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal(("complete", "paid"), (paid.Status, paid.PaymentStatus));
        Assert.Equal(("buyer@example.com", "Ada Buyer", "10001"), (paid.CustomerDetails.Email, paid.CustomerDetails.Name, paid.CustomerDetails.Address.PostalCode));
    }

    [Theory]
    [InlineData("4000000000000002", "cardNumber", "Your card was declined. Please try a different card.")]
    [InlineData("4000000000009995", "cardNumber", "Your card has insufficient funds. Try a different card.")]
    [InlineData("4000000000000069", "cardExpiry", "Your card has expired. Try a different card.")]
    [InlineData("4000000000000127", "cardCvc", "Your card's security code is incorrect.")]
    [InlineData("4100000000000019", "cardNumber", "Your card was declined. Please try a different card.")]
    public async Task A_declined_card_is_told_and_the_buyer_pays_with_another(string number, string field, string sentence)
    {
        var (page, session) = await OpenAsync();

        await FillAsync(page, number);
        await page.ClickAsync(Submit);
        await Expect(page.Locator($"#{field}-error")).ToHaveTextAsync(sentence);
        await Expect(page.Locator($"#{field}")).ToBeFocusedAsync();
        await Browser.ScreenshotAsync(page, $"declined-{number}");
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
        await page.FillAsync("#cardNumber", "4242424242424242");
        await page.ClickAsync(Submit);
        await LandAsync(page, session);

        Assert.Equal("paid", (await sandbox.GetAsync(session.Id)).PaymentStatus);
    }

    [Fact]
    public async Task An_authenticated_card_pays()
    {
        var (page, session) = await OpenAsync();

        await FillAsync(page, "4000002500003155");
        await page.ClickAsync(Submit);
        await Challenge(page).Locator("#test-source-authorize-3ds").WaitForAsync();
        await Browser.ScreenshotAsync(page, "3ds");
        await Challenge(page).Locator("#test-source-authorize-3ds").ClickAsync();
        await LandAsync(page, session);

        Assert.Equal("paid", (await sandbox.GetAsync(session.Id)).PaymentStatus);
    }

    [Fact]
    public async Task A_failed_authentication_leaves_the_session_open()
    {
        var (page, session) = await OpenAsync();

        await FillAsync(page, "4000002500003155");
        await page.ClickAsync(Submit);
        await Challenge(page).Locator("#test-source-fail-3ds").ClickAsync();
        await Expect(page.Locator("#form-error")).ToHaveTextAsync(
            "We are unable to authenticate your payment method. Please choose a different payment method and try again.");
        await Expect(page.Locator("#threeDSecure")).ToBeHiddenAsync();
        var open = await sandbox.GetAsync(session.Id);
        await page.FillAsync("#cardNumber", "4242424242424242");
        await page.ClickAsync(Submit);
        await LandAsync(page, session);

        Assert.Equal(("open", "unpaid"), (open.Status, open.PaymentStatus));
        Assert.Equal("paid", (await sandbox.GetAsync(session.Id)).PaymentStatus);
    }

    [Fact]
    public async Task A_card_can_be_declined_after_its_authentication()
    {
        var (page, session) = await OpenAsync();

        await FillAsync(page, "4000008260003178");
        await page.ClickAsync(Submit);
        await Challenge(page).Locator("#test-source-authorize-3ds").ClickAsync();

        await Expect(page.Locator("#cardNumber-error")).ToHaveTextAsync("Your card has insufficient funds. Try a different card.");
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
    }

    [Fact]
    public async Task A_bank_debit_completes_unpaid()
    {
        var (page, session) = await OpenAsync(currency: "eur");

        await page.FillAsync("#email", "buyer@example.com");
        await page.Locator("label[for=method-sepa_debit]").ClickAsync();
        await Expect(page.Locator("#cardNumber")).ToBeHiddenAsync();
        await page.FillAsync("#iban", "AT611904300234573200");
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.SelectOptionAsync("#billingCountry", "AT");
        await page.ClickAsync(Submit);
        await Expect(page.Locator("#iban-error")).ToHaveTextAsync("Your IBAN is invalid.");
        await page.FillAsync("#iban", "AT611904300234573201");
        await Browser.ScreenshotAsync(page, "sepa");
        await page.ClickAsync(Submit);
        await LandAsync(page, session);

        var complete = await sandbox.GetAsync(session.Id);
        Assert.Equal("complete", complete.Status);
        Assert.Contains("checkout.session.completed", await sandbox.EventTypesAsync());
        await page.GotoAsync(new Uri(sandbox.Address, $"/c/pay/{session.Id}").ToString());
        await Expect(page.Locator("h1")).ToHaveTextAsync("This order is complete");
        await Browser.ScreenshotAsync(page, "complete");
    }

    [Fact]
    public async Task The_form_is_checked_while_the_buyer_types_and_before_it_is_sent()
    {
        var (page, _) = await OpenAsync();

        await page.ClickAsync(Submit);
        await Expect(page.Locator("#email-error")).ToHaveTextAsync("Enter your email address.");
        await Expect(page.Locator("#cardNumber-error")).ToHaveTextAsync("Your card number is incomplete.");
        await Expect(page.Locator("#cardCvc-error")).ToHaveTextAsync("Your card's security code is incomplete.");
        await Expect(page.Locator("#email")).ToBeFocusedAsync();
        await page.Locator("#cardNumber").PressSequentiallyAsync("4242424242424241");
        await Expect(page.Locator("#cardNumber")).ToHaveValueAsync("4242 4242 4242 4241");
        await Expect(page.Locator("#cardNumber-error")).ToHaveTextAsync("Your card number is invalid.");
        await Expect(page.Locator("#cardBrand")).ToHaveTextAsync("Visa");
        await page.FillAsync("#cardNumber", "");
        await page.Locator("#cardNumber").PressSequentiallyAsync("378282246310005");
        await Expect(page.Locator("#cardNumber")).ToHaveValueAsync("3782 822463 10005");
        await Expect(page.Locator("#cardNumber-error")).ToBeEmptyAsync();
        await page.Locator("#cardExpiry").PressSequentiallyAsync("119");
        await Expect(page.Locator("#cardExpiry")).ToHaveValueAsync("11 / 9");
        await page.Locator("#cardExpiry").PressSequentiallyAsync("0");
        await Expect(page.Locator("#cardExpiry")).ToHaveValueAsync("11 / 90");
        await Expect(page.Locator("#cardExpiry-error")).ToHaveTextAsync("Your card's expiration year is invalid.");
        await Browser.ScreenshotAsync(page, "validation");
    }

    [Fact]
    public async Task The_summary_says_what_is_bought_and_that_no_money_moves()
    {
        var requests = new List<string>();
        var errors = new List<string>();
        var page = await browser.OpenAsync();
        page.Request += (_, request) => requests.Add(request.Url);
        page.Console += (_, message) => errors.AddRange(message.Type == "error" ? [message.Text] : Array.Empty<string>());
        page.PageError += (_, error) => errors.Add(error);
        var session = await sandbox.CreateAsync(options =>
        {
            options.LineItems[0].PriceData.ProductData.Name = "<b>Red</b> mug & {{id}}";
            options.LineItems[0].PriceData.ProductData.Description = "Holds 0.3 l";
            options.CustomerEmail = "known@example.com";
        });

        await page.GotoAsync(session.Url);

        await Expect(page.Locator(".lines .name")).ToHaveTextAsync("<b>Red</b> mug & {{id}}");
        await Expect(page.Locator(".quantity")).ToHaveTextAsync("Qty 2, $49.99 each");
        await Expect(page.GetByTestId("total")).ToHaveTextAsync("$99.98");
        await Expect(page.Locator(Submit)).ToContainTextAsync("Pay $99.98");
        await Expect(page.Locator(".sandbox")).ToHaveTextAsync("Sandbox: no real payment");
        await Expect(page.Locator("#email")).ToHaveValueAsync("known@example.com");
        await Expect(page.Locator(".back")).ToHaveAttributeAsync("href", "http://localhost/cancel");
        Assert.All(requests, url => Assert.StartsWith(sandbox.Address.ToString(), url, StringComparison.Ordinal));
        Assert.Empty(errors);
        Assert.DoesNotMatch(new Regex("stripe", RegexOptions.IgnoreCase), await page.TitleAsync());
    }

    [Fact]
    public async Task An_expired_session_says_so()
    {
        var (page, session) = await OpenAsync();
        await new SessionService(sandbox.Stripe).ExpireAsync(session.Id, cancellationToken: TestContext.Current.CancellationToken);

        await FillAsync(page, "4242424242424242");
        await page.ClickAsync(Submit);

        await Expect(page.Locator("h1")).ToHaveTextAsync("This checkout session has expired");
        await Expect(page.Locator("a.SubmitButton")).ToHaveAttributeAsync("href", "http://localhost/cancel");
        await Browser.ScreenshotAsync(page, "expired");
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task The_page_fits_its_window_and_every_field_has_a_name(int width, ColorScheme scheme)
    {
        var page = await browser.OpenAsync(width, 780, scheme);
        var session = await CreateAsync("eur");
        await page.GotoAsync(session.Url);

        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        foreach (var name in new[] { "Email", "Card number", "Expiration", "CVC", "Cardholder name", "ZIP or postal code" })
        {
            await Expect(page.GetByRole(AriaRole.Textbox, new() { Name = name, Exact = true })).ToBeVisibleAsync();
        }

        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Country or region" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Radio, new() { Name = "SEPA debit" })).ToHaveCountAsync(1);
        await Browser.ScreenshotAsync(page, $"page-{width}-{scheme}");
    }

    private static IFrameLocator Challenge(IPage page) => page.FrameLocator("#threeDSecureFrame").FrameLocator("#challengeFrame");

    private static async Task FillAsync(IPage page, string number, string cvc = "123")
    {
        await page.FillAsync("#email", "buyer@example.com");
        await page.FillAsync("#cardNumber", number);
        await page.FillAsync("#cardExpiry", "12/34");
        await page.FillAsync("#cardCvc", cvc);
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.SelectOptionAsync("#billingCountry", "US");
        await page.FillAsync("#billingPostalCode", "10001");
    }

    /// <summary>Waits for the success page; where the buyer is stuck instead is said by what the page says.</summary>
    private async Task LandAsync(IPage page, Session session)
    {
        try
        {
            await page.WaitForURLAsync(url => url == $"{sandbox.Address}alive?session_id={session.Id}");
        }
        catch (TimeoutException timeout)
        {
            var text = await page.Locator("body").InnerTextAsync();
            throw new TimeoutException($"The buyer is still at {page.Url}, which says: {text}", timeout);
        }
    }

    // Any page will do for the merchant's; the sandbox's own health page answers 200.
    private Task<Session> CreateAsync(string currency) => sandbox.CreateAsync(
        options => options.SuccessUrl = $"{sandbox.Address}alive?session_id={{CHECKOUT_SESSION_ID}}", currency);

    private async Task<(IPage Page, Session Session)> OpenAsync(string currency = "usd")
    {
        var page = await browser.OpenAsync();
        var session = await CreateAsync(currency);
        await page.GotoAsync(session.Url);
        return (page, session);
    }
}
