using System.Text.Json;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Stripe;
using Stripe.Checkout;
using File = System.IO.File;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The bodies of the merchant webhook are those of the published schemas, and its signature is that of Standard Webhooks.</summary>
public sealed class MerchantNoticeTests : WorkerTest
{
    private readonly StripeSide _stripe = new();
    private MerchantStub _merchant = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _merchant = await MerchantStub.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _merchant.DisposeAsync();
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task An_order_with_discount_tax_and_shipping_fits_the_schema(string personalData)
    {
        await using var stripe = await StripeListStub.StartAsync();
        var id = LedgerKit.NewSessionId();
        stripe.Objects["/v1/checkout/sessions/" + id] = WholeOrder.Expanded(id);
        await using var worker = Worker(stripe.Address, ("FULFILLMENT_PERSONAL_DATA", personalData));
        await Ledger.Orders.RecordAsync(WholeOrder.Sale(id));

        await Ledger.AppendAsync(id, WholeOrder.Event(id));

        await AwaitAsync(id, OrderState.Fulfilled);
        var body = Assert.Single(_merchant.Calls).Json;
        NoticeSchema.AssertFits("order.paid", body);
        Assert.Equal("autumn", (string?)body["data"]!["metadata"]!["campaign"]);
        Assert.Equal(personalData == "true" ? "Byron House" : null, (string?)body["data"]!["shipping"]?["name"]);
    }

    [Fact]
    public async Task A_sale_and_a_renewal_in_the_sandbox_fit_the_schema_and_name_the_catalog_s_product()
    {
        await using var worker = Worker(_stripe.Address);
        var session = await _stripe.SubscribeAsync();
        await RecordAsync(session);
        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));
        await AwaitAsync(session.Id, OrderState.Fulfilled);

        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/bill");
        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaid));

        var calls = await Eventually.GetAsync(() => Task.FromResult(_merchant.Calls), calls => calls.Count == 2, Canceled);
        Assert.All(calls, call => NoticeSchema.AssertFits("order.paid", call.Json));
        var (first, renewal) = (calls.First().Data, calls.Last().Data);
        Assert.Equal((session.Id, session.InvoiceId, session.SubscriptionId), ((string?)first["id"], (string?)first["invoice"], (string?)first["subscription"]));
        Assert.Equal((session.Id, session.SubscriptionId), ((string?)renewal["checkout_session"], (string?)renewal["subscription"]));
        Assert.Equal((string?)renewal["id"], (string?)renewal["invoice"]);
        Assert.All([first, renewal], order =>
        {
            var line = Assert.Single(order["lines"]!.AsArray())!;
            Assert.Equal(
                ("mug", "Red mug", 2, 4999, 9998, 9998),
                ((string?)line["product_id"], (string?)line["name"], (int)line["quantity"]!, (int)line["unit_amount"]!, (int)line["amount_subtotal"]!, (int)line["amount_total"]!));
            Assert.NotNull((string?)line["stripe_product"]);
            Assert.NotNull((string?)line["stripe_price"]);
            Assert.NotNull((string?)order["buyer"]!["email"]);
        });
    }

    [Fact]
    public async Task A_sale_in_the_sandbox_with_shipping_and_tax_has_what_a_parcel_label_and_an_invoice_need()
    {
        await using var worker = Worker(_stripe.Address);
        var session = await _stripe.SellAsync(change: options =>
        {
            options.LineItems[0].PriceData.Currency = "eur";
            options.ShippingAddressCollection = new() { AllowedCountries = ["DE"] };
            options.ShippingOptions =
            [
                new() { ShippingRateData = new() { Type = "fixed_amount", DisplayName = "Standard", FixedAmount = new() { Amount = 490, Currency = "eur" } } },
            ];
            options.PhoneNumberCollection = new() { Enabled = true };
            options.AutomaticTax = new() { Enabled = true };
            options.ConsentCollection = new() { TermsOfService = "required" };
            options.CustomFields = [new() { Key = "gift", Type = "text", Label = new() { Type = "custom", Custom = "Gift message" } }];
        });
        await RecordAsync(session, session.AmountTotal, totalVaries: true);
        await _stripe.ControlAsync($"sessions/{session.Id}/pay");

        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));

        await AwaitAsync(session.Id, OrderState.Fulfilled);
        var body = Assert.Single(_merchant.Calls).Json;
        NoticeSchema.AssertFits("order.paid", body);
        var (order, line) = (body["data"]!, Assert.Single(body["data"]!["lines"]!.AsArray())!);
        Assert.Equal(
            ("Sandbox buyer", "Invalidenstraße 116", "10115", "Berlin", "DE"),
            ((string?)order["shipping"]!["name"], (string?)order["shipping"]!["address"]!["line1"], (string?)order["shipping"]!["address"]!["postal_code"],
                (string?)order["shipping"]!["address"]!["city"], (string?)order["shipping"]!["address"]!["country"]));
        Assert.Equal(("Standard", 490), ((string?)order["shipping_rate"]!["display_name"], (int)order["shipping_rate"]!["amount_total"]!));
        Assert.Equal(("+4930123456", "Berlin"), ((string?)order["buyer"]!["phone"], (string?)order["billing_address"]!["city"]));
        Assert.Equal(("accepted", "Sandbox"), ((string?)order["consent"]!["terms_of_service"], (string?)order["custom_fields"]![0]!["value"]));
        Assert.True((int)line["amount_tax"]! > 0 && (int)order["amount_tax"]! > (int)line["amount_tax"]!, body.ToJsonString());
        Assert.Equal((long)order["amount_total"]!, (long)line["amount_total"]! + (long)order["shipping_rate"]!["amount_total"]!);
    }

    [Fact]
    public async Task A_promotion_code_in_the_sandbox_is_divided_among_the_lines()
    {
        await using var worker = Worker(_stripe.Address);
        var coupon = await new CouponService(_stripe.Client).CreateAsync(new CouponCreateOptions { PercentOff = 10, Duration = "once" }, cancellationToken: Canceled);
        var session = await _stripe.SellAsync(change: options => options.Discounts = [new SessionDiscountOptions { Coupon = coupon.Id }]);
        await RecordAsync(session, session.AmountTotal);
        await _stripe.ControlAsync($"sessions/{session.Id}/pay");

        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));

        await AwaitAsync(session.Id, OrderState.Fulfilled);
        var body = Assert.Single(_merchant.Calls).Json;
        NoticeSchema.AssertFits("order.paid", body);
        var line = Assert.Single(body["data"]!["lines"]!.AsArray())!;
        Assert.Equal(
            (1000, 8998, 1000, 8998),
            ((int)body["data"]!["amount_discount"]!, (int)body["data"]!["amount_total"]!, (int)line["amount_discount"]!, (int)line["amount_total"]!));
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task The_npm_package_standardwebhooks_verifies_the_calls_and_refuses_changed_ones()
    {
        await using var worker = Worker("http://127.0.0.1:1", ("FULFILLMENT_EVENTS", "all"));
        await Eventually.GetAsync(() => Redis.Database.KeyExistsAsync(Partition.NoticesCursor), exists => exists, Canceled);
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        await Ledger.Transitions.RecordReturnAsync(sold.SessionId, "1-1", LedgerKit.Return(ReturnKind.Refund, "re_1", "succeeded", 998));
        await Eventually.GetAsync(() => Task.FromResult(_merchant.Calls.Count), count => count == 2, Canceled);

        _ = Repository.Npm("standardwebhooks/package.json");
        var file = Path.Combine(Redis.Directory.FullName, "calls.json");
        await File.WriteAllTextAsync(
            file,
            JsonSerializer.Serialize(new { secret = _merchant.Secret, calls = _merchant.Calls.Select(call => new { headers = Lower(call.Headers), body = call.Text }) }),
            Canceled);
        var run = await ChildProcess.RunAsync("node", [Path.Combine(Repository.Root, "tests", "npm", "standard-webhooks.mjs"), file], Canceled);

        Assert.Equal("""{"verified":["order.paid","order.refunded"],"refused":true}""", run.Required.Trim());
    }

    private static Dictionary<string, string> Lower(IReadOnlyDictionary<string, string> headers) =>
        headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value, StringComparer.Ordinal);

    private WorkerHost Worker(string stripe, params (string Name, string Value)[] settings) => new(
        Redis.ConnectionString,
        stripe,
        [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:StripeRequestsPerSecond", "1000"), .. _merchant.Settings, .. settings]);

    /// <summary>Records the sale of a session as the tool does.</summary>
    private async Task RecordAsync(Session session, long? total = null, bool totalVaries = false)
    {
        var lines = await new SessionLineItemService(_stripe.Client).ListAsync(session.Id, cancellationToken: Canceled);
        await Ledger.Orders.RecordAsync(new NewOrder
        {
            SessionId = session.Id,
            OrderRef = "ref_1",
            AmountSubtotal = session.AmountSubtotal ?? 0,
            AmountTotal = total ?? session.AmountTotal ?? 0,
            Currency = session.Currency,
            Livemode = false,
            Mode = session.Mode,
            ExpiresAt = new DateTimeOffset(session.ExpiresAt, TimeSpan.Zero),
            CheckoutUrl = session.Url ?? "",
            ProductId = "mug",
            TotalVaries = totalVaries,
            LineItems = [.. lines.Select(LineOf)],
        });
    }

    private static OrderLine LineOf(LineItem item) => new()
    {
        Name = item.Description,
        Quantity = item.Quantity ?? 0,
        UnitAmount = item.Price.UnitAmount,
        ProductId = "mug",
        StripeProductId = item.Price.ProductId,
        StripePriceId = item.Price.Id,
        Recurring = item.Price.Recurring is not null,
    };
}
