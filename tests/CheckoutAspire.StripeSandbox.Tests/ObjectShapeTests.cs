using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Every object that the sandbox returns is checked against the types of the npm package <c>stripe</c>.</summary>
[Trait("loop", "long")]
public sealed class ObjectShapeTests : IDisposable
{
    private readonly SandboxServer _sandbox = new(new() { ["Sandbox:SettlementDelay"] = "00:00:00" });
    private readonly Shapes _shapes;

    public ObjectShapeTests() => _shapes = new Shapes(_sandbox);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _shapes.Dispose();
        _sandbox.Dispose();
    }

    [Theory]
    [InlineData("payment")]
    [InlineData("subscription")]
    [InlineData("setup")]
    public async Task Open_sessions_have_Stripe_s_shape(string mode) =>
        await _shapes.AssertAsync(await _sandbox.CreateAsync(In(mode)));

    [Theory]
    [InlineData("payment")]
    [InlineData("subscription")]
    [InlineData("setup")]
    public async Task Expired_sessions_have_Stripe_s_shape(string mode)
    {
        var session = await _sandbox.CreateAsync(In(mode));
        await _sandbox.PayByCardAsync(session, "4000000000000002");
        await new SessionService(_sandbox.Stripe).ExpireAsync(session.Id, cancellationToken: Cancellation);

        await _shapes.AssertAsync(session);
    }

    [Theory]
    [InlineData("payment")]
    [InlineData("subscription")]
    [InlineData("setup")]
    public async Task Completed_sessions_have_Stripe_s_shape(string mode)
    {
        var session = await _sandbox.CreateAsync(In(mode));
        await _sandbox.PayByCardAsync(session);

        await _shapes.AssertAsync(session);
    }

    [Fact]
    public async Task Sessions_that_ask_for_everything_have_Stripe_s_shape()
    {
        var session = await _sandbox.CreateAsync(
            options =>
            {
                AskingSession.Everything(options);
                options.InvoiceCreation = new() { Enabled = true };
            },
            "eur");
        var path = $"/v1/checkout/sessions/{session.Id}?expand[]=line_items.data.taxes&expand[]=shipping_cost.shipping_rate&expand[]=shipping_options.shipping_rate";
        List<Specimen> specimens = [await _shapes.ReadAsync(path), await _shapes.ReadAsync("/v1/shipping_rates")];
        await _sandbox.PayAsync(session, AskingSession.Form(session));
        specimens.Add(await _shapes.ReadAsync(path));

        Assert.Equal("complete", (await _sandbox.GetAsync(session.Id)).Status);
        await Shapes.AssertAsync(specimens);
        await _shapes.AssertAsync(session);
    }

    [Theory]
    [InlineData("payment", "4000000000000002")]
    [InlineData("payment", "4000000000000127")]
    [InlineData("payment", "4100000000000019")]
    [InlineData("payment", "4000002500003155")]
    [InlineData("subscription", "4000000000009995")]
    [InlineData("setup", "4000000000000002")]
    [InlineData("setup", "4000002500003155")]
    public async Task Sessions_whose_payment_did_not_go_through_have_Stripe_s_shape(string mode, string number)
    {
        var session = await _sandbox.CreateAsync(In(mode));
        await _sandbox.PayByCardAsync(session, number);

        await _shapes.AssertAsync(session);
    }

    [Theory]
    [InlineData(true, "paid")]
    [InlineData(false, "unpaid")]
    public async Task Authenticated_payments_have_Stripe_s_shape(bool authenticated, string status)
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session, "4000002500003155");
        await _sandbox.PostAsync($"/c/pay/{session.Id}/challenge", new { authenticated });

        Assert.Equal(status, (await _sandbox.GetAsync(session.Id)).PaymentStatus);
        await _shapes.AssertAsync(session);
    }

    [Theory]
    [InlineData("eur", "sepa_debit", "AT611904300234573201", "checkout.session.async_payment_succeeded")]
    [InlineData("eur", "sepa_debit", "IT60X0542811101000000123456", "checkout.session.async_payment_failed")]
    [InlineData("usd", "us_bank_account", "000123456789", "checkout.session.async_payment_succeeded")]
    [InlineData("usd", "us_bank_account", "000111111113", "checkout.session.async_payment_failed")]
    public async Task Bank_debits_have_Stripe_s_shape_before_and_after_they_settle(string currency, string method, string account, string settled)
    {
        var session = await _sandbox.CreateAsync(currency: currency);
        await _sandbox.PayByDebitAsync(session, method, account);
        await Eventually.GetAsync(_sandbox.EventTypesAsync, types => types.Contains(settled), Cancellation);

        await _shapes.AssertAsync(session);
    }

    [Fact]
    public async Task Coupons_promotion_codes_and_what_they_reduce_have_Stripe_s_shape()
    {
        var coupon = await new CouponService(_sandbox.Stripe).CreateAsync(
            new CouponCreateOptions { PercentOff = 12.5m, Duration = "once", Name = "Spring" }, cancellationToken: Cancellation);
        var code = await new PromotionCodeService(_sandbox.Stripe).CreateAsync(
            new PromotionCodeCreateOptions { Promotion = new PromotionCodePromotionOptions { Type = "coupon", Coupon = coupon.Id } },
            cancellationToken: Cancellation);
        var session = await _sandbox.CreateAsync(options => options.Discounts = [new SessionDiscountOptions { PromotionCode = code.Id }]);
        await _sandbox.PayByCardAsync(session);

        await _shapes.AssertAsync(session);
        await Shapes.AssertAsync([await _shapes.ReadAsync("/v1/coupons"), await _shapes.ReadAsync("/v1/promotion_codes")]);
    }

    [Fact]
    public async Task Refunds_and_what_they_refund_have_Stripe_s_shape()
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session);
        var intent = (await _sandbox.GetAsync(session.Id)).PaymentIntentId;
        var refunds = new RefundService(_sandbox.Stripe);
        await refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = intent, Amount = 100, Reason = "requested_by_customer" }, cancellationToken: Cancellation);
        await refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Cancellation);

        await _shapes.AssertAsync(session);
        await Shapes.AssertAsync([await _shapes.ReadAsync("/v1/refunds")]);
    }

    [Fact]
    public async Task Payments_made_by_the_API_have_Stripe_s_shape()
    {
        var intent = await new PaymentIntentService(_sandbox.Stripe).CreateAsync(
            new PaymentIntentCreateOptions
            {
                Amount = 100,
                Currency = "usd",
                PaymentMethod = "pm_card_visa",
                Confirm = true,
            },
            cancellationToken: Cancellation);

        await Shapes.AssertAsync(
        [
            await _shapes.ReadAsync($"/v1/payment_intents/{intent.Id}"), await _shapes.ReadAsync($"/v1/payment_methods/{intent.PaymentMethodId}"),
            await _shapes.ReadAsync($"/v1/charges/{intent.LatestChargeId}"), await _shapes.ReadAsync("/v1/events"),
        ]);
    }

    [Fact]
    public async Task Webhook_endpoints_have_Stripe_s_shape()
    {
        var created = await new WebhookEndpointService(_sandbox.Stripe).CreateAsync(
            new WebhookEndpointCreateOptions { Url = "http://localhost:1/hook", EnabledEvents = ["checkout.session.completed"] },
            cancellationToken: Cancellation);

        await Shapes.AssertAsync(
        [
            StripeTypes.Specimen("created", JsonNode.Parse(created.StripeResponse.Content)!),
            await _shapes.ReadAsync($"/v1/webhook_endpoints/{created.Id}"), await _shapes.ReadAsync("/v1/webhook_endpoints"),
        ]);
    }

    [Fact]
    public async Task Free_sessions_have_Stripe_s_shape()
    {
        var session = await new SessionService(_sandbox.Stripe).CreateAsync(SandboxServer.Mug(unitAmount: 0), cancellationToken: Cancellation);
        await _sandbox.PayAsync(session, new { method = "none", email = "a@example.com" });

        await _shapes.AssertAsync(session);
    }

    [Fact]
    public async Task Sessions_with_every_parameter_have_Stripe_s_shape()
    {
        var customer = await PaidSubscriberAsync();
        var session = await _sandbox.CreateAsync(options =>
        {
            options.Customer = customer;
            options.ClientReferenceId = "ref";
            options.BillingAddressCollection = "required";
            options.CustomText = new SessionCustomTextOptions { Submit = new SessionCustomTextSubmitOptions { Message = "Thank you" } };
            options.Locale = "en";
            options.SubmitType = "book";
            options.PaymentIntentData = new SessionPaymentIntentDataOptions
            {
                Description = "Two mugs",
                ReceiptEmail = "a@example.com",
                SetupFutureUsage = "off_session",
                StatementDescriptorSuffix = "MUG",
                Shipping = new ChargeShippingOptions { Name = "Ada", Address = new AddressOptions { Line1 = "1 Main St" } },
            };
            options.LineItems[0].PriceData.ProductData.Description = "Holds 0.3 l";
            options.LineItems[0].PriceData.UnitAmount = null;
            options.LineItems[0].PriceData.UnitAmountDecimal = 99.5m;
        });
        await _sandbox.PayByCardAsync(session);

        await _shapes.AssertAsync(session);
    }

    [Fact]
    public async Task The_catalog_and_the_account_have_Stripe_s_shape()
    {
        var price = await new PriceService(_sandbox.Stripe).CreateAsync(
            new PriceCreateOptions
            {
                Currency = "usd",
                UnitAmount = 900,
                Nickname = "plan",
                LookupKey = "club",
                Recurring = new PriceRecurringOptions { Interval = "year", IntervalCount = 1 },
                ProductData = new PriceProductDataOptions { Name = "Club", UnitLabel = "seat" },
            },
            cancellationToken: Cancellation);

        await Shapes.AssertAsync(
        [
            await _shapes.ReadAsync("/v1/products"), await _shapes.ReadAsync($"/v1/products/{price.ProductId}"), await _shapes.ReadAsync("/v1/prices"),
            await _shapes.ReadAsync($"/v1/prices/{price.Id}?expand[]=product"), await _shapes.ReadAsync("/v1/account"),
        ]);
    }

    [Fact]
    public async Task Errors_have_Stripe_s_shape()
    {
        using var client = _sandbox.Authenticated();
        var errors = new List<Specimen>();
        foreach (var path in new[] { "/v1/nothing", "/v1/prices/price_none", "/v1/checkout/sessions?foo=1" })
        {
            using var response = await client.GetAsync(path, Cancellation);
            var body = await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
            errors.Add(new(path, "{ error: Stripe.StripeRawError }", body!));
        }

        await Shapes.AssertAsync(errors);
    }

    private static Action<SessionCreateOptions> In(string mode) => options =>
    {
        options.Mode = mode;
        if (mode == "subscription")
        {
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
        }
        else if (mode == "setup")
        {
            options.Currency = "usd";
            options.LineItems = null;
        }
    };

    private async Task<string> PaidSubscriberAsync()
    {
        var session = await _sandbox.CreateAsync(In("subscription"));
        await _sandbox.PayByCardAsync(session);
        return (await _sandbox.GetAsync(session.Id)).CustomerId;
    }
}
