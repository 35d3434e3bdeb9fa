using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Playwright;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>A buyer uses the payment page in a real browser, by the field ids of Stripe's own page.</summary>
[Trait("loop", "long")]
public sealed class HostedPageTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    private const string Submit = "[data-testid=hosted-payment-submit-button]";

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

    [Theory]
    [InlineData("000123456789", "paid", "There is nothing left to pay. You can close this page.")]
    [InlineData("000111111113", "unpaid", "Your bank declined the debit, and nothing was paid. The shop will contact you.")]
    public async Task A_US_bank_account_completes_unpaid_and_settles_or_fails_later(string account, string status, string sentence)
    {
        var (page, session) = await OpenAsync();

        await page.FillAsync("#email", "buyer@example.com");
        await page.GetByTestId("us_bank_account-accordion-item-button").ClickAsync();
        await Expect(page.Locator("#cardNumber")).ToBeHiddenAsync();
        await page.FillAsync("#routingNumber", "110000001");
        await Expect(page.Locator("#routingNumber-error")).ToHaveTextAsync("Your routing number is invalid.");
        await page.FillAsync("#routingNumber", "110000000");
        await page.FillAsync("#accountNumber", "000999999991");
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.FillAsync("#billingPostalCode", "10001");
        await page.ClickAsync(Submit);
        await Expect(page.Locator("#accountNumber-error")).ToContainTextAsync("Use one of Stripe's test account numbers");
        await page.FillAsync("#accountNumber", account);
        await page.ClickAsync(Submit);
        await LandAsync(page, session);

        Assert.Equal("complete", (await sandbox.GetAsync(session.Id)).Status);
        await sandbox.PostAsync($"/sandbox/sessions/{session.Id}/{(status == "paid" ? "settle" : "fail")}", new { });
        Assert.Equal(status, (await sandbox.GetAsync(session.Id)).PaymentStatus);
        await page.GotoAsync(new Uri(sandbox.Address, $"/c/pay/{session.Id}").ToString());
        await Expect(page.Locator("main.closed")).ToContainTextAsync(sentence);
    }

    [Fact]
    public async Task The_way_back_leads_to_the_cancel_url()
    {
        var page = await pages.OpenAsync();
        var session = await sandbox.CreateAsync(options => options.CancelUrl = $"{sandbox.Address}alive?cancelled=1");
        await page.GotoAsync(session.Url);

        await page.GetByTestId("business-link").ClickAsync();

        await page.ExpectAddressAsync($"{sandbox.Address}alive?cancelled=1");
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
    }

    [Fact]
    public async Task The_sandbox_notice_stays_in_view()
    {
        var page = await pages.OpenAsync(360, 640);
        await page.GotoAsync((await CreateAsync("usd")).Url);

        await page.Locator("footer").ScrollIntoViewIfNeededAsync();

        await Expect(page.Locator(".sandbox")).ToBeInViewportAsync();
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
    public async Task Buttons_take_no_click_before_the_script_that_listens_to_them_runs()
    {
        var page = await pages.OpenAsync();
        var session = await CreateAsync("usd");
        await sandbox.PayByCardAsync(session, "4000002500003155");
        foreach (var (address, buttons) in new[] { (session.Url, Submit), ($"{sandbox.Address}c/pay/{session.Id}/challenge/frame", "button") })
        {
            var isReleased = new TaskCompletionSource();
            await page.RouteAsync("**/c/assets/*.js", async route =>
            {
                await isReleased.Task;
                await route.ContinueAsync();
            });
            await page.GotoAsync(address, new() { WaitUntil = WaitUntilState.Commit });
            await Expect(page.Locator(buttons).First).ToBeDisabledAsync();
            await Expect(page.Locator(buttons).Last).ToBeDisabledAsync();

            isReleased.SetResult();
            await Expect(page.Locator(buttons).First).ToBeEnabledAsync();
            await Expect(page.Locator(buttons).Last).ToBeEnabledAsync();
            await page.UnrouteAllAsync();
        }
    }

    [Fact]
    public async Task The_summary_shows_the_items_and_that_no_money_moves()
    {
        // Playwright reports from a thread of its own.
        var (requests, errors) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        var page = await pages.OpenAsync();
        page.Request += (_, request) => requests.Enqueue(request.Url);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                errors.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => errors.Enqueue(error);
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
    public async Task The_page_of_an_expired_session_shows_that_it_expired()
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
        var page = await pages.OpenAsync(width, 780, scheme);
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

    private static Task FillAsync(IPage page, string number) => new CheckoutPage(page).FillCardAsync(number);

    private Task LandAsync(IPage page, Session session) => new CheckoutPage(page).LandAsync(sandbox, session);

    private Task<Session> CreateAsync(string currency) => CheckoutPage.CreateAsync(sandbox, currency: currency);

    private async Task<(IPage Page, Session Session)> OpenAsync(string currency = "usd")
    {
        var page = await pages.OpenAsync();
        var session = await CreateAsync(currency);
        await page.GotoAsync(session.Url);
        return (page, session);
    }
}
