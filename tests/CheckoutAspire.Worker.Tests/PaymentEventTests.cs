using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

public sealed class PaymentEventTests : WorkerTest
{
    private readonly RecordingHandler _handler = new("ship");

    [Fact]
    public async Task A_refund_is_recorded_and_leaves_the_order_fulfilled()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        var sold = await FulfilledAsync();
        await Ledger.Outbox.IndexAsync(sold, "pi_" + sold);

        await RefundAsync("pi_" + sold, 500);

        var order = await AwaitStepAsync(sold, "refunded");
        Assert.Equal((OrderState.Fulfilled, 1), (order.State, order.Fulfillments));
        Assert.Equal("500 of 9998 usd", order.Timeline[^1].Detail);
        Assert.Equal(500, (long)await Redis.Database.HashGetAsync(Partition.Order(sold), "refunded_amount"));
        await AwaitDrainedAsync();
    }

    [Fact]
    public async Task Copies_and_earlier_states_of_a_refunded_charge_change_nothing()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        var sold = await FulfilledAsync();
        await Ledger.Outbox.IndexAsync(sold, "pi_" + sold);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RefundAsync("pi_" + sold, 9998, "evt_second")));
        // Entries are processed concurrently, so the earlier state, which Stripe dates earlier, is sent only when the later one is recorded.
        await AwaitStepAsync(sold, "refunded");
        await RefundAsync("pi_" + sold, 500, "evt_first", TimeSpan.FromMinutes(-1));

        await AwaitDrainedAsync();
        Assert.Single((await Ledger.Orders.FindAsync(sold))!.Timeline, step => step.What == "refunded");
        Assert.Equal(9998, (long)await Redis.Database.HashGetAsync(Partition.Order(sold), "refunded_amount"));
    }

    [Fact]
    public async Task A_refund_of_a_payment_that_the_ledger_has_not_indexed_is_resolved_by_Stripe()
    {
        await using var stripe = new StripeSide();
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address, handlers: _handler);
        var session = await stripe.SellAndPayAsync();
        await Ledger.SellAsync(session.Id);
        await DeliverAsync(session.Id);
        await AwaitAsync(session.Id, OrderState.Fulfilled);
        await Redis.Database.KeyDeleteAsync(Ledger.Partitions.Of(session.PaymentIntentId).Intent(session.PaymentIntentId));

        await RefundAsync(session.PaymentIntentId, 9998);

        await AwaitStepAsync(session.Id, "refunded");
    }

    [Fact]
    public async Task A_refund_of_another_integrations_payment_is_settled()
    {
        await using var stripe = new StripeSide();
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address, handlers: _handler);
        using var outcomes = new Outcomes(worker);
        var foreign = await stripe.SellAndPayAsync("another");

        await RefundAsync(foreign.PaymentIntentId, 9998);
        await RefundAsync("pi_unknown", 9998);
        await RefundAsync(paymentIntent: null, 9998);

        await AwaitDrainedAsync();
        await Eventually.GetAsync(() => Task.FromResult(outcomes.Count), count => count == 3, Canceled);
        Assert.All(outcomes, outcome => Assert.Equal("foreign", outcome));
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
        Assert.Null(await Ledger.Orders.FindAsync(foreign.Id));
    }

    [Fact]
    public async Task A_dispute_before_the_fulfillment_keeps_the_order_from_it()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        var sold = await Ledger.SellAsync();
        await Ledger.Outbox.IndexAsync(sold.SessionId, "pi_1");

        await Ledger.AppendAsync("dp_1", StripeEvents.Of(HandledEvents.DisputeCreated, new JsonObject
        {
            ["id"] = "dp_1",
            ["object"] = "dispute",
            ["amount"] = 9998,
            ["currency"] = "usd",
            ["payment_intent"] = "pi_1",
            ["reason"] = "fraudulent",
        }), HandledEvents.DisputeCreated);
        var order = await AwaitAsync(sold.SessionId, OrderState.NeedsReview);
        Assert.Contains(order.Timeline, step => step is { What: "disputed", Detail: "9998 usd fraudulent" });

        await DeliverAsync(sold.SessionId);
        await AwaitDrainedAsync();
        Assert.Empty(_handler.Orders);
    }

    [Fact]
    public async Task Each_renewal_of_a_subscription_is_fulfilled_once_under_its_invoice_for_the_sale_s_owner()
    {
        await using var stripe = await StripeListStub.StartAsync(hasEveryOrder: true);
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address, handlers: _handler);
        await SubscribeAsync();

        foreach (var invoice in (string[])["in_march", "in_april", "in_march", "in_march"])
        {
            await Ledger.AppendAsync(invoice, Invoice(invoice, "subscription_cycle"), HandledEvents.InvoicePaid);
        }

        await AwaitAsync("in_march", OrderState.Fulfilled);
        var april = await AwaitAsync("in_april", OrderState.Fulfilled);
        await AwaitDrainedAsync();
        Assert.Equal(["fulfill/in_april", "fulfill/in_march"], _handler.Orders.Select(order => order.IdempotencyKey).Order());
        Assert.Equal((2000, "mug"), _handler.Orders.Select(order => (order.AmountTotal, order.ProductId)).First());
        Assert.Equal("own_1", april.Owner);
    }

    [Theory]
    [InlineData("usd", 0)]
    [InlineData("usd", -500)]
    [InlineData("eur", 2000)]
    [InlineData("usd", 20000)]
    public async Task A_renewal_that_does_not_fit_the_sale_is_held(string currency, long amount)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        await SubscribeAsync();

        await Ledger.AppendAsync("in_1", Invoice("in_1", "subscription_cycle", currency: currency, amount: amount), HandledEvents.InvoicePaid);

        await AwaitAsync("in_1", OrderState.NeedsReview);
        Assert.Empty(_handler.Orders);
    }

    [Fact]
    public async Task A_renewal_in_the_shape_of_an_older_API_is_a_renewal()
    {
        await using var stripe = await StripeListStub.StartAsync(hasEveryOrder: true);
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address, handlers: _handler);
        await SubscribeAsync();

        await Ledger.AppendAsync("in_1", StripeEvents.Of(HandledEvents.InvoicePaid, new JsonObject
        {
            ["id"] = "in_1",
            ["amount_paid"] = 2000,
            ["billing_reason"] = "subscription_cycle",
            ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["currency"] = "usd",
            ["livemode"] = false,
            ["subtotal"] = 2000,
            ["subscription"] = "sub_1",
            ["subscription_details"] = new JsonObject { ["metadata"] = new JsonObject { ["source"] = "mcp_server", ["deployment"] = "local" } },
        }), HandledEvents.InvoicePaid);

        await AwaitAsync("in_1", OrderState.Fulfilled);
    }

    /// <summary>As after a change of the plan, or when the usage of a period has reached its threshold.</summary>
    [Theory]
    [InlineData("subscription_update")]
    [InlineData("subscription_threshold")]
    public async Task A_change_of_a_subscription_that_costs_something_is_a_held_order_of_its_own(string reason)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        await SubscribeAsync();

        await Ledger.AppendAsync("in_1", Invoice("in_1", reason, amount: 700), HandledEvents.InvoicePaid);
        await Ledger.AppendAsync("in_0", Invoice("in_0", reason, amount: 0), HandledEvents.InvoicePaid);

        var order = await AwaitAsync("in_1", OrderState.NeedsReview);
        await AwaitDrainedAsync();
        Assert.Equal((OrderPayment.Paid, 700L, "own_1"), (order.Payment, order.AmountTotal, order.Owner));
        Assert.Equal("the invoice is for a change of the subscription, which was not sold here", order.Reason);
        Assert.Null(await Ledger.Orders.FindAsync("in_0"));
        Assert.Empty(_handler.Orders);
    }

    /// <summary>The first payment's refund belongs to the session. An invoice that the seller made belongs to no order.</summary>
    [Theory]
    [InlineData("subscription_create", "cs_test_first")]
    [InlineData("subscription_update", "in_1")]
    [InlineData("manual", null)]
    public async Task A_refund_of_a_subscription_s_invoice_is_recorded_on_the_order_of_that_invoice(string reason, string? orderId)
    {
        await using var stripe = await StripeListStub.StartAsync();
        stripe.Lists["/v1/invoice_payments"] = [new JsonObject { ["id"] = "inpay_1", ["object"] = "invoice_payment", ["created"] = 1_795_600_000L, ["invoice"] = "in_1" }];
        stripe.Objects["/v1/invoices/in_1"] = JsonNode.Parse(Invoice("in_1", reason))!["data"]!["object"]!.DeepClone().AsObject();
        stripe.FindsNothing = (path, query) => path == "/v1/checkout/sessions" && query["subscription"] != "sub_1";
        stripe.Lists["/v1/checkout/sessions"] = [StripeListStub.Session("cs_test_first", TimeProvider.System.GetUtcNow())];
        await using var worker = new WorkerHost(Redis.ConnectionString, stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00")], _handler);
        using var outcomes = new Outcomes(worker);

        await RefundAsync("pi_1", 500);

        await AwaitDrainedAsync();
        await Eventually.GetAsync(() => Task.FromResult(outcomes.Contains(orderId is null ? "foreign" : "needs_review")), counted => counted, Canceled);
        foreach (var id in new[] { "cs_test_first", "in_1" })
        {
            Assert.Equal(id == orderId, await Redis.Database.KeyExistsAsync(Partition.Order(id)));
        }
    }

    private async Task SubscribeAsync()
    {
        var sold = await Ledger.SellAsync(owner: "own_1", mode: "subscription", renewal: 2000);
        await Ledger.Outbox.IndexAsync(sold.SessionId, paymentIntent: null, "sub_1");
    }

    [Theory]
    [InlineData("subscription_create", "local")]
    [InlineData("manual", "local")]
    [InlineData("subscription_cycle", "another")]
    public async Task An_invoice_that_is_not_one_of_our_renewals_is_acknowledged(string reason, string deployment)
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);

        await Ledger.AppendAsync("in_1", Invoice("in_1", reason, deployment), HandledEvents.InvoicePaid);

        await AwaitDrainedAsync();
        Assert.Empty(_handler.Orders);
        Assert.Null(await Ledger.Orders.FindAsync("in_1"));
    }

    private static byte[] Invoice(string id, string reason, string deployment = "local", string currency = "usd", long amount = 2000) => StripeEvents.Of(HandledEvents.InvoicePaid, new JsonObject
    {
        ["id"] = id,
        ["object"] = "invoice",
        ["amount_paid"] = amount,
        ["billing_reason"] = reason,
        ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        ["currency"] = currency,
        ["livemode"] = false,
        ["subtotal"] = amount,
        ["parent"] = new JsonObject
        {
            ["type"] = "subscription_details",
            ["subscription_details"] = new JsonObject
            {
                ["subscription"] = "sub_1",
                ["metadata"] = new JsonObject
                {
                    ["source"] = "mcp_server",
                    ["deployment"] = deployment,
                    ["order_ref"] = "ref_1",
                    ["product_id"] = "mug",
                },
            },
        },
    });

    private Task RefundAsync(string? paymentIntent, long refunded, string? eventId = null, TimeSpan created = default) => Ledger.AppendAsync(
        "ch_" + paymentIntent,
        StripeEvents.Of(HandledEvents.ChargeRefunded, new JsonObject
        {
            ["id"] = "ch_" + paymentIntent,
            ["object"] = "charge",
            ["amount"] = 9998,
            ["amount_refunded"] = refunded,
            ["currency"] = "usd",
            ["payment_intent"] = paymentIntent,
        }, change: root => root["created"] = (long)root["created"]! + (long)created.TotalSeconds),
        HandledEvents.ChargeRefunded,
        eventId);

    private async Task<string> FulfilledAsync()
    {
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        return sold.SessionId;
    }

    private async Task<Order> AwaitStepAsync(string sessionId, string what) => (await Eventually.GetAsync(
        () => Ledger.Orders.FindAsync(sessionId), order => order!.Timeline.Any(step => step.What == what), Canceled))!;
}
