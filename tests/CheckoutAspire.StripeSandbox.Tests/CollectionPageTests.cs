using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Playwright;
using Stripe;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>A buyer answers what a session asks, in a real browser.</summary>
[Trait("loop", "long")]
public sealed class CollectionPageTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    [Fact]
    public async Task A_buyer_answers_everything_in_German_on_a_small_screen_without_a_mouse()
    {
        var session = await CreateAsync("de");
        var page = await pages.OpenAsync(360, 780);
        await page.GotoAsync(session.Url);

        // Whatever is missing is named at its field, and the first field has the focus.
        await page.FocusAsync("#email");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#email")).ToBeFocusedAsync();
        await Expect(page.Locator("#email-error")).ToHaveTextAsync("Geben Sie Ihre E-Mail-Adresse ein.");
        await Expect(page.Locator("#shippingLocality-error")).ToHaveTextAsync("Geben Sie den Ort ein.");
        await Expect(page.Locator("#customField-engraving-error")).ToHaveTextAsync("Dieses Feld ist erforderlich.");
        await Expect(page.Locator("#termsOfServiceConsentCheckbox-error")).ToHaveTextAsync("Stimmen Sie den Nutzungsbedingungen zu, um fortzufahren.");
        await Expect(page.Locator("#shippingCountry")).ToHaveAttributeAsync("aria-invalid", "false");
        await Browser.ScreenshotAsync(page, "collection-errors-de-360");

        await TypeAsync(page, "ada@example.com", "+49 30 123456", "Ada Käufer");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("#shippingCountry")).ToHaveValueAsync("AT");
        await TypeAsync(page, after: true, "Ring 1", "", "1010", "Wien");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.GetByTestId("shipping")).ToHaveTextAsync("9,90\u00a0€");
        await Expect(page.GetByTestId("tax")).ToHaveTextAsync("9,95\u00a0€");
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("59,70\u00a0€");
        await Expect(page.Locator(CheckoutPage.Submit)).ToContainTextAsync("59,70\u00a0€ zahlen");
        await page.Keyboard.PressAsync("Tab");
        await TypeAsync(page, after: true, "4242424242424242", "1234", "123", "Ada Buyer");
        // The billing address is the shipping address, and the buyer is no business.
        await Expect(page.Locator("#billingAddressLine1")).ToBeHiddenAsync();
        await Expect(page.Locator("#taxId")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await TypeAsync(page, after: true, "Ada", "4");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("None");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Space");
        await Browser.ScreenshotAsync(page, "collection-de-360");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await new CheckoutPage(page).LandAsync(sandbox, session);

        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal(("paid", 5970, 995), (paid.PaymentStatus, paid.AmountTotal, paid.TotalDetails.AmountTax));
        Assert.Equal(("Ada Käufer", "Wien", "AT"), (paid.CollectedInformation.ShippingDetails.Name, paid.CollectedInformation.ShippingDetails.Address.City, paid.CollectedInformation.ShippingDetails.Address.Country));
        Assert.Equal(("+49 30 123456", "Ring 1"), (paid.CustomerDetails.Phone, paid.CustomerDetails.Address.Line1));
        Assert.Equal(["Ada", "4", "none"], new[] { paid.CustomFields[0].Text.Value, paid.CustomFields[1].Numeric.Value, paid.CustomFields[2].Dropdown.Value });
        Assert.Equal(("opt_out", "accepted"), (paid.Consent.Promotions, paid.Consent.TermsOfService));
    }

    [Fact]
    public async Task A_code_that_the_buyer_enters_while_the_tax_is_estimated_stays()
    {
        var session = await CheckoutPage.CreateAsync(
            sandbox,
            options =>
            {
                AskingSession.Everything(options);
                options.AllowPromotionCodes = true;
            },
            "eur");
        var page = await pages.OpenAsync();
        var entered = new TaskCompletionSource();
        await page.RouteAsync("**/estimate", async route =>
        {
            await entered.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(session.Url);
        await page.FillAsync("#promotionCode", "WINTER10");
        await page.EvaluateAsync("document.querySelector('[data-testid=total-due]').id = 'before'");
        entered.SetResult();

        await Expect(page.Locator("#before")).ToHaveCountAsync(0);
        await Expect(page.Locator("#promotionCode")).ToHaveValueAsync("WINTER10");
        await Expect(page.Locator("#promotionCode")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_summary_that_arrives_late_does_not_replace_a_newer_one()
    {
        var coupon = await new CouponService(sandbox.Stripe).CreateAsync(
            new CouponCreateOptions { PercentOff = 10 }, cancellationToken: TestContext.Current.CancellationToken);
        await new PromotionCodeService(sandbox.Stripe).CreateAsync(
            new PromotionCodeCreateOptions { Code = "LATE", Promotion = new() { Type = "coupon", Coupon = coupon.Id } },
            cancellationToken: TestContext.Current.CancellationToken);
        var session = await CheckoutPage.CreateAsync(
            sandbox,
            options =>
            {
                AskingSession.Everything(options);
                options.AutomaticTax = null;
                options.AllowPromotionCodes = true;
            },
            "eur");
        var page = await pages.OpenAsync();
        await page.GotoAsync(session.Url);
        var (hasRead, release, reads) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        await page.RouteAsync($"**/c/pay/{session.Id}", async route =>
        {
            if (route.Request.Method != "GET" || reads++ > 0)
            {
                await route.ContinueAsync();
                return;
            }

            var response = await route.FetchAsync();
            hasRead.SetResult();
            await release.Task;
            await route.FulfillAsync(new() { Response = response });
        });

        await page.FillAsync("#promotionCode", "LATE");
        await page.ClickAsync("#applyPromotion");
        await hasRead.Task;
        await page.GetByLabel("Express").CheckAsync();
        await Expect(page.GetByTestId("shipping")).ToHaveTextAsync("€9.90");

        // When the late summary has arrived, the page moves a focus that is nowhere.
        await page.EvaluateAsync("document.activeElement.blur()");
        release.SetResult();

        await Expect(page.Locator("#removePromotion")).ToBeFocusedAsync();
        await Expect(page.GetByTestId("shipping")).ToHaveTextAsync("€9.90");
    }

    [Fact]
    public async Task The_total_follows_the_country_and_a_business_adds_its_tax_id()
    {
        var session = await CheckoutPage.CreateAsync(sandbox, options =>
        {
            options.LineItems[0].PriceData.UnitAmount = 5000;
            options.AutomaticTax = new() { Enabled = true };
            options.TaxIdCollection = new() { Enabled = true };
            options.BillingAddressCollection = "required";
        });
        var page = await pages.OpenAsync(scheme: ColorScheme.Dark);
        await page.GotoAsync(session.Url);

        await Expect(page.GetByTestId("tax")).ToHaveTextAsync("$0.00");
        await Expect(page.Locator("#billingAdministrativeArea")).ToBeVisibleAsync();
        await page.SelectOptionAsync("#billingCountry", "DE");
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$119.00");
        await Expect(page.Locator("#billingAdministrativeArea")).ToBeHiddenAsync();
        await page.FillAsync("#email", "ada@example.com");
        await page.FillAsync("#cardNumber", "4242424242424242");
        await page.FillAsync("#cardExpiry", "12/34");
        await page.FillAsync("#cardCvc", "123");
        await page.FillAsync("#billingName", "Ada Buyer");
        await page.FillAsync("#billingAddressLine1", "Invalidenstraße 116");
        await page.FillAsync("#billingPostalCode", "10115");
        await page.FillAsync("#billingLocality", "Berlin");
        await page.CheckAsync("#purchasingAsBusiness");
        await page.FillAsync("#businessName", "Ada GmbH");
        await page.FillAsync("#taxId", "DE1");
        await page.ClickAsync(CheckoutPage.Submit);
        await Expect(page.Locator("#taxId-error")).ToHaveTextAsync("This tax ID is not valid in the country of your billing address.");
        await Browser.ScreenshotAsync(page, "collection-business-dark-1280");
        await page.FillAsync("#taxId", "DE123456789");
        await page.ClickAsync(CheckoutPage.Submit);
        await new CheckoutPage(page).LandAsync(sandbox, session);

        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal((11900, 1900, "DE123456789", "Ada GmbH"), (paid.AmountTotal, paid.TotalDetails.AmountTax, paid.CustomerDetails.TaxIds[0].Value, paid.CustomerDetails.BusinessName));
    }

    [Fact]
    public async Task A_total_that_changed_meanwhile_is_shown_before_it_is_paid()
    {
        var session = await CheckoutPage.CreateAsync(sandbox, options => options.ShippingOptions =
            [AskingSession.Rate("Standard", 490, "usd"), AskingSession.Rate("Express", 990, "usd")]);
        var page = await pages.OpenAsync();
        await page.GotoAsync(session.Url);
        await new CheckoutPage(page).FillCardAsync("4242424242424242");
        // Another window of the same buyer.
        await sandbox.PostAsync(new Uri(session.Url).AbsolutePath + "/estimate", new { shippingRate = session.ShippingOptions[1].ShippingRateId });
        await page.EvaluateAsync("document.querySelectorAll('input[name=shippingRate]').forEach(rate => { rate.checked = false; })");

        await page.ClickAsync(CheckoutPage.Submit);

        await Expect(page.Locator("#form-error")).ToHaveTextAsync("The total has changed. Check it and pay again.");
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$109.88");
        await page.ClickAsync(CheckoutPage.Submit);
        await new CheckoutPage(page).LandAsync(sandbox, session);
        Assert.Equal(10988, (await sandbox.GetAsync(session.Id)).AmountTotal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_cancel_url_has_the_session_s_id(bool isExpired)
    {
        var session = await sandbox.CreateAsync(options => options.CancelUrl = $"{sandbox.Address}alive?session_id={{CHECKOUT_SESSION_ID}}");
        if (isExpired)
        {
            await new SessionService(sandbox.Stripe).ExpireAsync(session.Id, cancellationToken: TestContext.Current.CancellationToken);
        }

        var page = await pages.OpenAsync();
        await page.GotoAsync(new Uri(sandbox.Address, $"/c/pay/{session.Id}").ToString());
        await page.ClickAsync(isExpired ? "a.SubmitButton" : "[data-testid=business-link]");

        await page.ExpectAddressAsync($"{sandbox.Address}alive?session_id={session.Id}");
    }

    private static async Task TypeAsync(IPage page, params string[] texts)
    {
        foreach (var (text, index) in texts.Select((text, index) => (text, index)))
        {
            if (index > 0)
            {
                await page.Keyboard.PressAsync("Tab");
            }

            await page.Keyboard.TypeAsync(text);
        }
    }

    private static async Task TypeAsync(IPage page, bool after, params string[] texts)
    {
        if (after)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        await TypeAsync(page, texts);
    }

    private Task<Session> CreateAsync(string locale) => CheckoutPage.CreateAsync(
        sandbox,
        options =>
        {
            AskingSession.Everything(options);
            options.Locale = locale;
        },
        "eur");
}
