using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Every object the sandbox gives away, held against the types of the npm package <c>stripe</c>.</summary>
public sealed class ObjectShapeTests : IDisposable
{
    private readonly SandboxServer _sandbox = new(new() { ["Sandbox:SettlementDelay"] = "00:00:00" });
    private readonly HttpClient _client;

    public ObjectShapeTests() => _client = _sandbox.Authenticated();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _sandbox.Dispose();
    }

    [Theory]
    [InlineData("payment")]
    [InlineData("subscription")]
    [InlineData("setup")]
    public async Task Open_sessions_have_Stripe_s_shape(string mode) =>
        await CheckAsync(await _sandbox.CreateAsync(In(mode)));

    [Theory]
    [InlineData("payment")]
    [InlineData("subscription")]
    [InlineData("setup")]
    public async Task Expired_sessions_have_Stripe_s_shape(string mode)
    {
        var session = await _sandbox.CreateAsync(In(mode));
        await _sandbox.PayByCardAsync(session, "4000000000000002");
        await new SessionService(_sandbox.Stripe).ExpireAsync(session.Id, cancellationToken: Cancellation);

        await CheckAsync(session);
    }

    [Theory]
    [InlineData("payment")]
    [InlineData("subscription")]
    [InlineData("setup")]
    public async Task Completed_sessions_have_Stripe_s_shape(string mode)
    {
        var session = await _sandbox.CreateAsync(In(mode));
        await _sandbox.PayByCardAsync(session);

        await CheckAsync(session);
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

        await CheckAsync(session);
    }

    [Theory]
    [InlineData(true, "paid")]
    [InlineData(false, "unpaid")]
    public async Task Authenticated_payments_have_Stripe_s_shape(bool authenticated, string status)
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session, "4000002500003155");
        using var answer = await _client.PostAsJsonAsync(
            new Uri(_sandbox.Address, $"/c/pay/{session.Id}/challenge"), new { authenticated }, Cancellation);

        Assert.Equal(status, (await _sandbox.GetAsync(session.Id)).PaymentStatus);
        await CheckAsync(session);
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
        await Eventually.GetAsync(_sandbox.EventTypesAsync, types => types.Contains(settled));

        await CheckAsync(session);
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

        await CheckAsync(session);
        await AssertShapesAsync([await ReadAsync("/v1/coupons"), await ReadAsync("/v1/promotion_codes")]);
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

        await CheckAsync(session);
        await AssertShapesAsync([await ReadAsync("/v1/refunds")]);
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

        await AssertShapesAsync(
        [
            await ReadAsync($"/v1/payment_intents/{intent.Id}"), await ReadAsync($"/v1/payment_methods/{intent.PaymentMethodId}"),
            await ReadAsync($"/v1/charges/{intent.LatestChargeId}"), await ReadAsync("/v1/events"),
        ]);
    }

    [Fact]
    public async Task Webhook_endpoints_have_Stripe_s_shape()
    {
        var created = await new WebhookEndpointService(_sandbox.Stripe).CreateAsync(
            new WebhookEndpointCreateOptions { Url = "http://localhost:1/hook", EnabledEvents = ["checkout.session.completed"] },
            cancellationToken: Cancellation);

        await AssertShapesAsync(
        [
            StripeTypes.Specimen("created", JsonNode.Parse(created.StripeResponse.Content)!),
            await ReadAsync($"/v1/webhook_endpoints/{created.Id}"), await ReadAsync("/v1/webhook_endpoints"),
        ]);
    }

    [Fact]
    public async Task What_costs_nothing_has_Stripe_s_shape()
    {
        var session = await new SessionService(_sandbox.Stripe).CreateAsync(SandboxServer.Mug(unitAmount: 0), cancellationToken: Cancellation);
        await _sandbox.PayAsync(session, new { method = "none", email = "a@example.com" });

        await CheckAsync(session);
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

        await CheckAsync(session);
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

        await AssertShapesAsync(
        [
            await ReadAsync("/v1/products"), await ReadAsync($"/v1/products/{price.ProductId}"), await ReadAsync("/v1/prices"),
            await ReadAsync($"/v1/prices/{price.Id}?expand[]=product"), await ReadAsync("/v1/account"),
        ]);
    }

    [Fact]
    public async Task Errors_have_Stripe_s_shape()
    {
        var errors = new List<Specimen>();
        foreach (var path in new[] { "/v1/nothing", "/v1/prices/price_none", "/v1/checkout/sessions?foo=1" })
        {
            using var response = await _client.GetAsync(path, Cancellation);
            var body = await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
            errors.Add(new(path, "{ error: Stripe.StripeRawError }", body!));
        }

        await AssertShapesAsync(errors);
    }

    [Theory]
    [InlineData("{\"unknown\":1}", "unknown")]
    [InlineData("{\"created\":null}", "null")]
    [InlineData("{\"status\":\"finished\"}", "finished")]
    [InlineData("{\"automatic_tax\":{}}", "missing")]
    public async Task The_check_finds_what_is_wrong(string change, string finding)
    {
        var specimen = await ReadAsync($"/v1/checkout/sessions/{(await _sandbox.CreateAsync()).Id}");
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            specimen.Json[name] = value?.DeepClone();
        }

        Assert.Contains(finding, Assert.Single(await StripeTypes.CheckAsync([specimen])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_looks_into_events_and_expanded_objects()
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session);
        var events = await ReadAsync("/v1/events?type=charge.succeeded");
        var recorded = StripeTypes.Specimen("event", events.Json["data"]![0]!.DeepClone());
        recorded.Json["data"]!["object"]!["outcome"]!["mood"] = "good";
        var expanded = await ReadAsync($"/v1/checkout/sessions/{session.Id}?expand[]=payment_intent.latest_charge");
        expanded.Json["payment_intent"]!["latest_charge"]!["outcome"]!["mood"] = "good";

        var findings = await StripeTypes.CheckAsync([recorded, expanded]);

        Assert.All(findings, finding => Assert.Contains("mood", finding, StringComparison.Ordinal));
        Assert.Equal(2, findings.Count);
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

    private static async Task AssertShapesAsync(IReadOnlyList<Specimen> specimens)
    {
        var findings = await StripeTypes.CheckAsync(specimens);
        Assert.True(findings.Count == 0, $"Of {specimens.Count} objects:\n{string.Join('\n', findings)}");
    }

    private async Task<string> PaidSubscriberAsync()
    {
        var session = await _sandbox.CreateAsync(In("subscription"));
        await _sandbox.PayByCardAsync(session);
        return (await _sandbox.GetAsync(session.Id)).CustomerId;
    }

    /// <summary>The session alone, expanded and listed, every event so far, and every object that an event names, as it was then and as it is now.</summary>
    private async Task CheckAsync(Session session)
    {
        var path = $"/v1/checkout/sessions/{session.Id}";
        var specimens = new List<Specimen>
        {
            await ReadAsync(path),
            await ReadAsync($"{path}?expand[]=line_items.data.price.product&expand[]=payment_intent.latest_charge&expand[]=customer"
                + "&expand[]=setup_intent.payment_method&expand[]=subscription.latest_invoice"),
            await ReadAsync("/v1/checkout/sessions"),
            await ReadAsync("/v1/events?limit=100"),
        };
        if (session.Mode != "setup")
        {
            specimens.Add(await ReadAsync($"{path}/line_items"));
        }

        var seen = new HashSet<string>();
        foreach (var recorded in specimens[3].Json["data"]!.AsArray())
        {
            specimens.Add(StripeTypes.Specimen($"event {recorded!["type"]}", recorded.DeepClone()));
            var then = recorded["data"]!["object"]!;
            var reference = $"{PathOf((string)then["object"]!)}/{then["id"]}";
            if (seen.Add(reference))
            {
                var now = await ReadAsync(reference);
                specimens.Add(now);
                if ((string?)now.Json["payment_method"] is { } method)
                {
                    specimens.Add(await ReadAsync($"/v1/payment_methods/{method}"));
                }
            }
        }

        await AssertShapesAsync(specimens);
    }

    private static string PathOf(string kind) => kind == "checkout.session" ? "/v1/checkout/sessions" : $"/v1/{kind}s";

    private async Task<Specimen> ReadAsync(string path) => StripeTypes.Specimen(
        path, (await _client.GetFromJsonAsync<JsonObject>(path, Cancellation))!);
}
