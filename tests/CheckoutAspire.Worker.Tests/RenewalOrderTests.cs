using System.Text.Json.Nodes;
using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A renewal is a whole order too: its invoice has the lines, the taxes, the discounts and the buyer.</summary>
public sealed class RenewalOrderTests : WorkerTest
{
    private const string Path = "/v1/invoices/in_1";

    private readonly RecordingHandler _handler = new("ship");
    private string _session = "";

    [Fact]
    public async Task The_event_s_invoice_has_it_all()
    {
        await using var stripe = await StripeListStub.StartAsync();
        await using var worker = await StartAsync(stripe);

        await Ledger.AppendAsync("in_1", StripeEvents.Of(HandledEvents.InvoicePaid, Invoice()), HandledEvents.InvoicePaid);

        AssertWhole(await AwaitOrderAsync());
        Assert.Equal(0, stripe.Count(Path));
    }

    [Fact]
    public async Task Lines_beyond_those_that_the_event_has_are_read_from_Stripe()
    {
        await using var stripe = await StripeListStub.StartAsync();
        var lines = Invoice()["lines"]!.DeepClone().AsObject();
        var first = Invoice();
        first["lines"]!["data"]!.AsArray().RemoveAt(1);
        first["lines"]!["has_more"] = true;
        stripe.Objects[Path] = first.DeepClone().AsObject();
        lines["data"]!.AsArray().RemoveAt(0);
        stripe.Objects[Path + "/lines"] = lines;
        await using var worker = await StartAsync(stripe);

        await Ledger.AppendAsync("in_1", StripeEvents.Of(HandledEvents.InvoicePaid, first), HandledEvents.InvoicePaid);

        AssertWhole(await AwaitOrderAsync());
        Assert.Equal("il_1", stripe.Requests.Single(request => request.Path == Path + "/lines").Query["starting_after"]);
    }

    private async Task<WorkerHost> StartAsync(StripeListStub stripe)
    {
        _session = LedgerKit.NewSessionId();
        await Ledger.Orders.RecordAsync(WholeOrder.Sale(_session) with
        {
            Mode = "subscription",
            LineItems =
            [
                new OrderLine { Name = "Tea, monthly", Quantity = 2, UnitAmount = 4999, ProductId = "tea", CallerRef = "row 1", PriceId = "price_tea", Recurring = true },
                new OrderLine { Name = "Tea magazine", Quantity = 1, UnitAmount = 3000, ProductId = "magazine", PriceId = "price_magazine", Recurring = true },
            ],
        });
        await Ledger.Outbox.IndexAsync(_session, paymentIntent: null, "sub_1");
        return new WorkerHost(
            Redis.ConnectionString, stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:StripeRequestsPerSecond", "1000")], _handler);
    }

    private async Task<PaidOrder> AwaitOrderAsync()
    {
        await AwaitAsync("in_1", OrderState.Fulfilled);
        return Assert.Single(_handler.Orders);
    }

    private void AssertWhole(PaidOrder order)
    {
        Assert.Equal(
            [
                new PaidLine
                {
                    ProductId = "tea", CallerRef = "row 1", StripeProduct = "prod_tea", StripePrice = "price_tea", Name = "Tea, monthly", Quantity = 2, UnitAmount = 4999,
                    AmountSubtotal = 9998, AmountDiscount = 998, AmountTax = 1710, AmountTotal = 10_710,
                },
                new PaidLine
                {
                    ProductId = "magazine", StripeProduct = "prod_magazine", StripePrice = "price_magazine", Name = "Tea magazine", Quantity = 1, UnitAmount = 3000,
                    AmountSubtotal = 3000, AmountTax = 196, AmountTotal = 3000,
                },
            ],
            order.Lines);
        Assert.Equal((12_998, 998, 1906, 13_710, "eur"), (order.AmountSubtotal, order.AmountDiscount, order.AmountTax, order.AmountTotal, order.Currency));
        Assert.Equal(new Buyer { Name = "Ada Lovelace", Email = "ada@example.com", Phone = "+4930123456" }, order.Buyer);
        Assert.Equal(("Byron House", "Berlin"), (order.Shipping?.Name, order.Shipping?.Address?.City));
        Assert.Equal("Bonn", order.BillingAddress?.City);
        Assert.Equal([new TaxId("eu_vat", "DE123456789")], order.TaxIds);
        Assert.Equal([new("campaign", "autumn")], order.Metadata);
        Assert.Equal(
            (_session, "subscription", "sub_1", "in_1", "shopping-agent", "buyer-42", "cart-7"),
            (order.CheckoutSession, order.Mode, order.Subscription, order.Invoice, order.Principal, order.BuyerRef, order.ClientReferenceId));
    }

    /// <summary>Of a minute from now, so that the ledger has begun before it, however long the worker takes to start.</summary>
    private static JsonObject Invoice() => JsonNode.Parse(
        $$"""
        {
          "id": "in_1", "object": "invoice", "amount_due": 13710, "amount_paid": 13710, "billing_reason": "subscription_cycle",
          "created": {{TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeSeconds()}}, "currency": "eur",
          "customer_address": { "line1": "Hauptstr. 5", "line2": null, "city": "Bonn", "state": null, "postal_code": "53111", "country": "DE" },
          "customer_email": "ada@example.com", "customer_name": "Ada Lovelace", "customer_phone": "+4930123456",
          "customer_shipping": { "name": "Byron House", "phone": null,
            "address": { "line1": "Unter den Linden 1", "line2": null, "city": "Berlin", "state": null, "postal_code": "10117", "country": "DE" } },
          "customer_tax_ids": [{ "type": "eu_vat", "value": "DE123456789" }],
          "lines": { "object": "list", "has_more": false, "url": "/v1/invoices/in_1/lines", "data": [
            { "id": "il_1", "object": "line_item", "amount": 9998, "currency": "eur", "description": "2 × Tea, monthly (at €49.99 / month)", "quantity": 2,
              "discount_amounts": [{ "amount": 998, "discount": "di_1" }], "subtotal": 9998,
              "taxes": [{ "amount": 1710, "tax_behavior": "exclusive", "type": "tax_rate_details" }],
              "pricing": { "type": "price_details", "price_details": { "price": "price_tea", "product": "prod_tea" }, "unit_amount_decimal": "4999" } },
            { "id": "il_2", "object": "line_item", "amount": 3000, "currency": "eur", "description": "1 × Tea magazine", "quantity": 1, "subtotal": 3000,
              "taxes": [{ "amount": 196, "tax_behavior": "inclusive", "type": "tax_rate_details" }],
              "pricing": { "type": "price_details", "price_details": { "price": "price_magazine", "product": "prod_magazine" }, "unit_amount_decimal": "3000" } }
          ] },
          "livemode": false, "metadata": {},
          "parent": { "type": "subscription_details", "subscription_details": { "subscription": "sub_1",
            "metadata": { "source": "mcp_server", "deployment": "local", "order_ref": "ref_1", "campaign": "autumn" } } },
          "shipping_cost": null, "status": "paid", "subtotal": 12998, "total": 13710,
          "total_discount_amounts": [{ "amount": 998, "discount": "di_1" }],
          "total_taxes": [{ "amount": 1710, "tax_behavior": "exclusive", "type": "tax_rate_details" }, { "amount": 196, "tax_behavior": "inclusive", "type": "tax_rate_details" }]
        }
        """)!.AsObject();
}
