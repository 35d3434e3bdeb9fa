using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Coupons and promotion codes reduce the total and leave the subtotal unchanged.</summary>
[Trait("loop", "long")]
public sealed class PromotionTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    private readonly CouponService _coupons = new(sandbox.Stripe);
    private readonly PromotionCodeService _codes = new(sandbox.Stripe);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_entered_on_the_page_reduces_the_payment()
    {
        var code = await CodeAsync(new CouponCreateOptions { PercentOff = 25 });
        var page = await pages.OpenAsync();
        var session = await CheckoutPage.CreateAsync(sandbox, options => options.AllowPromotionCodes = true);
        await page.GotoAsync(session.Url);
        await page.FillAsync("#email", "typed@example.com");

        await page.FillAsync("#promotionCode", "NOSUCHCODE");
        await page.ClickAsync("#applyPromotion");
        await Expect(page.Locator("#promotionCode-error")).ToHaveTextAsync("This code is invalid.");
        await page.FillAsync("#promotionCode", code.Code.ToLowerInvariant());
        await page.ClickAsync("#applyPromotion");
        await Expect(page.GetByTestId("discount-amount")).ToHaveTextAsync("−$25.00");
        await Expect(page.GetByTestId("subtotal")).ToHaveTextAsync("$99.98");
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$74.98");
        await Expect(page.Locator(CheckoutPage.Submit)).ToContainTextAsync("Pay $74.98");
        await Expect(page.Locator("#email")).ToHaveValueAsync("typed@example.com");
        await Browser.ScreenshotAsync(page, "promotion");
        await new CheckoutPage(page).FillCardAsync("4242424242424242");
        await page.ClickAsync(CheckoutPage.Submit);
        await new CheckoutPage(page).LandAsync(sandbox, session);

        var paid = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["payment_intent", "line_items"] }, cancellationToken: Cancellation);
        Assert.Equal((9998L, 7498L, 2500L), (paid.AmountSubtotal!.Value, paid.AmountTotal!.Value, paid.TotalDetails.AmountDiscount));
        Assert.Equal((7498L, 7498L), (paid.PaymentIntent.Amount, paid.PaymentIntent.AmountReceived));
        Assert.Equal((9998L, 2500L, 7498L), (paid.LineItems.Data[0].AmountSubtotal, paid.LineItems.Data[0].AmountDiscount, paid.LineItems.Data[0].AmountTotal));
        Assert.Equal(code.Id, Assert.Single(paid.Discounts).PromotionCodeId);
        Assert.Equal(1, (await _codes.GetAsync(code.Id, cancellationToken: Cancellation)).TimesRedeemed);
    }

    [Fact]
    public async Task A_code_can_be_removed()
    {
        var code = await CodeAsync(new CouponCreateOptions { AmountOff = 500, Currency = "usd" });
        var page = await pages.OpenAsync();
        var session = await CheckoutPage.CreateAsync(sandbox, options => options.AllowPromotionCodes = true);
        await page.GotoAsync(session.Url);
        await page.FillAsync("#promotionCode", code.Code);
        await page.ClickAsync("#applyPromotion");
        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$94.98");

        await page.ClickAsync("#removePromotion");

        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$99.98");
        await Expect(page.Locator("#promotionCode")).ToBeFocusedAsync();
        Assert.Empty((await sandbox.GetAsync(session.Id)).Discounts);
    }

    [Fact]
    public async Task A_code_that_is_applied_slowly_does_not_take_the_focus_from_another_field()
    {
        var code = await CodeAsync(new CouponCreateOptions { AmountOff = 500, Currency = "usd" });
        var page = await pages.OpenAsync();
        var session = await CheckoutPage.CreateAsync(sandbox, options => options.AllowPromotionCodes = true);
        var release = new TaskCompletionSource();
        await page.RouteAsync("**/promotion", async route =>
        {
            await release.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(session.Url);
        await page.FillAsync("#promotionCode", code.Code);
        await page.ClickAsync("#applyPromotion");
        await page.FocusAsync("#email");
        release.SetResult();

        await Expect(page.GetByTestId("total-due")).ToHaveTextAsync("$94.98");
        await Expect(page.Locator("#email")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_code_over_the_whole_price_leaves_nothing_to_pay()
    {
        var code = await CodeAsync(new CouponCreateOptions { PercentOff = 100 });
        var page = await pages.OpenAsync();
        var session = await CheckoutPage.CreateAsync(sandbox, options => options.AllowPromotionCodes = true);
        await page.GotoAsync(session.Url);
        await page.FillAsync("#promotionCode", code.Code);
        await page.ClickAsync("#applyPromotion");
        await Expect(page.Locator(CheckoutPage.Submit)).ToContainTextAsync("Complete order");
        await page.FillAsync("#email", "buyer@example.com");
        await page.ClickAsync(CheckoutPage.Submit);
        await new CheckoutPage(page).LandAsync(sandbox, session);

        var complete = await sandbox.GetAsync(session.Id);
        Assert.Equal(("no_payment_required", 0L, 9998L), (complete.PaymentStatus, complete.AmountTotal!.Value, complete.AmountSubtotal!.Value));
        Assert.Null(complete.PaymentIntentId);
    }

    [Fact]
    public async Task A_code_entered_after_a_decline_changes_what_the_next_card_is_charged()
    {
        var code = await CodeAsync(new CouponCreateOptions { AmountOff = 1000, Currency = "usd" });
        var session = await sandbox.CreateAsync(options => options.AllowPromotionCodes = true);
        await sandbox.PayByCardAsync(session, "4000000000000002");

        await EnterAsync(session, code.Code);
        await sandbox.PayByCardAsync(session);

        var intent = await new PaymentIntentService(sandbox.Stripe).GetAsync(
            (await sandbox.GetAsync(session.Id)).PaymentIntentId, cancellationToken: Cancellation);
        Assert.Equal((8998L, 8998L), (intent.Amount, intent.AmountReceived));
    }

    [Fact]
    public async Task A_discount_of_the_request_is_spread_over_the_lines_to_the_last_cent()
    {
        var coupon = await _coupons.CreateAsync(new CouponCreateOptions { AmountOff = 100, Currency = "usd" }, cancellationToken: Cancellation);

        var session = await sandbox.CreateAsync(options =>
        {
            var line = options.LineItems[0];
            line.PriceData.UnitAmount = 111;
            line.Quantity = 1;
            options.LineItems = [line, line, line];
            options.Discounts = [new SessionDiscountOptions { Coupon = coupon.Id }];
            options.AddExpand("line_items");
        });

        Assert.Equal((333L, 233L, 100L), (session.AmountSubtotal!.Value, session.AmountTotal!.Value, session.TotalDetails.AmountDiscount));
        Assert.Equal([33L, 34L, 33L], session.LineItems.Data.Select(line => line.AmountDiscount));
        Assert.Equal(233, session.LineItems.Data.Sum(line => line.AmountTotal));
    }

    [Theory]
    [InlineData("used", "This coupon has expired.")]
    [InlineData("inactive", "This code is invalid.")]
    [InlineData("minimum", "This code needs a larger order.")]
    [InlineData("currency", "This code is invalid.")]
    [InlineData("rest", "This code would leave less than the smallest payment that is possible.")]
    [InlineData("forbidden", "This code is invalid.")]
    public async Task A_code_that_does_not_apply_is_reported_and_changes_nothing(string why, string sentence)
    {
        var code = await CodeAsync(
            why switch
            {
                "currency" => new CouponCreateOptions { AmountOff = 500, Currency = "eur" },
                "rest" => new CouponCreateOptions { AmountOff = 9990, Currency = "usd" },
                "used" => new CouponCreateOptions { PercentOff = 10, MaxRedemptions = 1 },
                _ => new CouponCreateOptions { PercentOff = 10 },
            },
            options => options.Restrictions = why != "minimum" ? null
                : new PromotionCodeRestrictionsOptions { MinimumAmount = 10000, MinimumAmountCurrency = "usd" });
        if (why == "used")
        {
            await sandbox.PayByCardAsync(await sandbox.CreateAsync(
                options => options.Discounts = [new SessionDiscountOptions { PromotionCode = code.Id }]));
        }

        if (why == "inactive")
        {
            await _codes.UpdateAsync(code.Id, new PromotionCodeUpdateOptions { Active = false }, cancellationToken: Cancellation);
        }

        var session = await sandbox.CreateAsync(options => options.AllowPromotionCodes = why == "forbidden" ? null : true);

        var (message, field) = await EnterAsync(session, code.Code);

        Assert.Equal((sentence, "promotionCode"), (message, field));
        Assert.Equal(9998, (await sandbox.GetAsync(session.Id)).AmountTotal);
    }

    [Theory]
    [InlineData("coupon_none", false, "payment", "No such coupon: 'coupon_none'", "discounts[0][coupon]")]
    [InlineData(null, true, "payment", "You may only specify one of these parameters: allow_promotion_codes, discounts.", "discounts")]
    [InlineData(null, false, "subscription", "The local Stripe sandbox does not simulate `discounts`. Leave it out, or use a test key of a Stripe account.", "discounts")]
    public async Task An_impossible_discount_is_rejected(string? id, bool allowsCodes, string mode, string message, string parameter)
    {
        var coupon = await _coupons.CreateAsync(new CouponCreateOptions { PercentOff = 10 }, cancellationToken: Cancellation);

        var refusal = await Assert.ThrowsAsync<StripeException>(() => sandbox.CreateAsync(options =>
        {
            options.Mode = mode;
            options.AllowPromotionCodes = allowsCodes ? true : null;
            options.Discounts = [new SessionDiscountOptions { Coupon = id ?? coupon.Id }];
        }));

        Assert.Equal((message, parameter), (refusal.StripeError.Message, refusal.StripeError.Param));
    }

    [Theory]
    [InlineData(null, null, null, "once", "You must specify either amount_off or percent_off.")]
    [InlineData(100, "usd", 10, "once", "You may only specify one of these parameters: amount_off, percent_off.")]
    [InlineData(100, null, null, "once", "Missing required param: currency.")]
    [InlineData(null, null, 101, "once", "Invalid decimal; must be greater than 0 and at most 100.")]
    [InlineData(null, null, 10, "repeating", "Missing required param: duration_in_months.")]
    public async Task An_invalid_coupon_is_rejected(int? amount, string? currency, int? percent, string duration, string message)
    {
        var refusal = await Assert.ThrowsAsync<StripeException>(() => _coupons.CreateAsync(
            new CouponCreateOptions { AmountOff = amount, Currency = currency, PercentOff = percent, Duration = duration },
            cancellationToken: Cancellation));

        Assert.Equal(message, refusal.StripeError.Message);
    }

    [Fact]
    public async Task Codes_are_found_whatever_their_case_and_are_unique_while_active()
    {
        var code = await CodeAsync(new CouponCreateOptions { PercentOff = 10 });

        var found = await _codes.ListAsync(new PromotionCodeListOptions { Code = code.Code, Active = true }, cancellationToken: Cancellation);
        var refusal = await Assert.ThrowsAsync<StripeException>(
            () => CodeAsync(new CouponCreateOptions { PercentOff = 10 }, options => options.Code = code.Code));

        Assert.Equal([code.Id], found.Data.Select(item => item.Id));
        Assert.Equal("code", refusal.StripeError.Param);
    }

    private async Task<PromotionCode> CodeAsync(CouponCreateOptions coupon, Action<PromotionCodeCreateOptions>? change = null)
    {
        var options = new PromotionCodeCreateOptions
        {
            Promotion = new PromotionCodePromotionOptions
            {
                Type = "coupon",
                Coupon = (await _coupons.CreateAsync(coupon, cancellationToken: Cancellation)).Id,
            },
        };
        change?.Invoke(options);
        return await _codes.CreateAsync(options, cancellationToken: Cancellation);
    }

    private async Task<(string? Message, string? Field)> EnterAsync(Session session, string code)
    {
        var answer = await sandbox.PostAsync($"{new Uri(session.Url).AbsolutePath}/promotion", new { code });
        return ((string?)answer["message"], (string?)answer["field"]);
    }
}
