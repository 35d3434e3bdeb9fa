using System.Text.Json.Nodes;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Configuration;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The timeline of an order's page and of the API's explanation.</summary>
public sealed class TimelineTests : OperationsTest
{
    [Fact]
    public async Task The_timeline_begins_with_the_tool_call_that_sold_and_says_what_priced_the_sale()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString, ("OPS_TRACE_URL", "http://localhost:15080/traces/detail/{trace_id}"));
        using var client = Client(operations);
        var id = LedgerKit.NewSessionId();
        await AuditAsync("intent", "other", "key:another");
        await AuditAsync("intent", "c1", "key:shop");
        await AuditAsync("outcome", "other", "key:another", LedgerKit.NewSessionId());
        await SellAsync(id, "key:shop");
        await AuditAsync("outcome", "c1", "key:shop", id, rules: "CHECKOUT_PRICES=open, CHECKOUT_LINE_MAX=usd:50000");

        var account = await GetAsync(client, $"ops/orders/{id}/explanation");

        var lines = LinesOf(account);
        Assert.Equal(
            [
                "key:shop called initiate_checkout: succeeded, under the rules (CHECKOUT_PRICES=open, CHECKOUT_LINE_MAX=usd:50000), call c1, trace 8ce1",
                "Sold: Sold by key:shop. Priced by the seller's catalog (product mug, Stripe Price price_mug).",
            ],
            lines);
        Assert.Equal(("key:shop", "Not paid yet"), ((string?)account["sold_by"], (string?)account["title"]));
        Assert.StartsWith("The page is open until", (string)account["next"]!, StringComparison.Ordinal);

        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var page = await browser.GetTextAsync("/orders/" + id);
        Assert.Contains("key:shop called initiate_checkout", page, StringComparison.Ordinal);
        Assert.Contains("href=\"http://localhost:15080/traces/detail/8ce1\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("traces/detail", await browser.GetTextAsync("/orders/" + (await Ledger.SellAsync()).SessionId), StringComparison.Ordinal);
        Assert.Contains("Priced by the seller&#x27;s catalog (product mug, Stripe Price price_mug).", page, StringComparison.Ordinal);
        Assert.Equal("not_found", (string?)JsonNode.Parse(await (await client.GetAsync("ops/orders/cs_unknown/explanation", Canceled)).Content.ReadAsStringAsync(Canceled))!["code"]);
    }

    [Fact]
    public async Task A_cancellation_names_its_caller_and_a_call_without_an_end_says_so()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = LedgerKit.NewSessionId();
        await SellAsync(id, "key:shop");
        await AuditAsync("intent", "c2", "key:shop", id, "pending", "cancel_checkout");
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.Expired), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        var lines = LinesOf(await GetAsync(client, $"ops/orders/{id}/explanation"));

        Assert.Contains("key:shop called cancel_checkout: its end is not recorded, call c2, trace 8ce1", lines);
    }

    [Fact]
    public async Task Copies_of_an_event_and_every_event_about_a_refund_are_in_the_timeline()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = (await Ledger.SellAsync()).SessionId;
        await using var worker = new WorkerHost(Redis.ConnectionString);
        await Ledger.AppendAsync(id, StripeEvents.Checkout(id), eventId: "evt_paid");
        await AwaitAsync(id, OrderState.Fulfilled);

        await Ledger.AppendAsync(id, StripeEvents.Checkout(id), eventId: "evt_paid");
        await Ledger.AppendAsync(id, StripeEvents.Checkout(id), eventId: "evt_paid");
        await Ledger.AppendAsync(id, Refund(id), "refund.created", "evt_refund");
        await Eventually.GetAsync(() => Ledger.Orders.FindAsync(id), order => order?.AmountRefunded > 0, Canceled);
        await Ledger.AppendAsync(id, Refund(id), "refund.updated", "evt_again");
        const string Known = ". It reported nothing new: it is a copy, or another event had reported the same";
        string[] expected =
        [
            "Event checkout.session.completed received: evt_paid" + Known,
            "Event checkout.session.completed received: evt_paid, delivery 2" + Known,
            "Event refund.created received: evt_refund",
            "Event refund.updated received: evt_again" + Known,
        ];
        var lines = await Eventually.GetAsync(
            async () => LinesOf(await GetAsync(client, $"ops/orders/{id}/explanation")).Where(line => line.StartsWith("Event ", StringComparison.Ordinal)).ToList(),
            found => found.Count == expected.Length,
            Canceled);

        Assert.Equal(expected.Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
        Assert.Contains("Fulfilled: fence 1, reported by event evt_paid", LinesOf(await GetAsync(client, $"ops/orders/{id}/explanation")));
        Assert.Equal(1, (await Ledger.Orders.FindAsync(id))!.Fulfillments);
    }

    [Fact]
    public async Task The_event_that_has_an_order_held_is_in_the_timeline()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = (await Ledger.SellAsync()).SessionId;
        await using var worker = new WorkerHost(Redis.ConnectionString);
        await Ledger.AppendAsync(id, StripeEvents.Checkout(id, amountSubtotal: 1), eventId: "evt_less");

        await Eventually.GetAsync(
            async () => LinesOf(await GetAsync(client, $"ops/orders/{id}/explanation")),
            lines => lines.Contains("Event checkout.session.completed received: evt_less"),
            Canceled);
    }

    [Theory]
    [InlineData("claimed", "fence 1 evt_1", "fence 1, reported by event evt_1")]
    [InlineData("fulfilled", "fence 2 reconciliation", "fence 2, read from Stripe by reconciliation")]
    [InlineData("fulfilled", "fence 2", "fence 2")]
    [InlineData("expired", "evt_1", "reported by event evt_1")]
    [InlineData("paid", "", "")]
    [InlineData("needs_review", "currency usd was sold, evt_1", "currency usd was sold, evt_1")]
    public async Task A_step_about_the_payment_names_what_reported_it(string what, string detail, string shown)
    {
        var order = (await Ledger.Orders.FindAsync((await Ledger.SellAsync()).SessionId))! with { Timeline = [new TimelineEntry(DateTimeOffset.UnixEpoch, what, detail)] };

        Assert.Equal(shown, Assert.Single(Timeline.Of(order, [], [])).Detail);
    }

    [Fact]
    public async Task An_order_keeps_its_newest_deliveries_for_a_limited_time()
    {
        var (id, deliveries) = (LedgerKit.NewSessionId(), new EventDeliveries(Redis.Connection, Ledger.Partitions));
        foreach (var number in Enumerable.Range(0, EventDeliveries.Kept + 3))
        {
            await deliveries.NoteAsync(id, new EventEntry($"evt_{number}", "refund.updated", id, false, "", DateTimeOffset.UnixEpoch.AddSeconds(number), "{}"), changed: false);
        }

        await deliveries.NoteAsync(id, new EventEntry("release_1", HandledEvents.OrderReleased, id, false, "", DateTimeOffset.UnixEpoch, "{}"), changed: true);

        var kept = await deliveries.ListAsync(id);
        Assert.Equal(Enumerable.Range(3, EventDeliveries.Kept).Select(number => $"evt_{number}"), kept.Select(delivery => delivery.EventId));
        Assert.NotNull(await Redis.Database.KeyTimeToLiveAsync("co:{p0}:deliveries:" + id));
    }

    [Theory]
    [InlineData("cs_1", "mug", "price_1", "Priced by the seller's catalog (product mug, Stripe Price price_1).")]
    [InlineData("cs_1", "price_1", "price_1", "Priced by the seller's catalog (product price_1).")]
    [InlineData("cs_1", "mug", null, "Priced by the seller's catalog (product mug).")]
    [InlineData("cs_1", null, "price_1", "Priced by the Stripe Price price_1, which the caller named.")]
    [InlineData("cs_1", null, null, "Priced by the caller, whose own prices the seller's price policy allowed.")]
    [InlineData("in_1", null, null, "Stripe priced the renewal by the Price of its subscription.")]
    public async Task The_source_of_a_price_is_named(string id, string? product, string? price, string sentence)
    {
        await SellAsync(id, "key:shop", new OrderLine { Name = "Red mug", Quantity = 2, ProductId = product, PriceId = price });

        Assert.Equal(sentence, Pricing.Of((await Ledger.Orders.FindAsync(id))!));
    }

    [Theory]
    [InlineData("https://traces.example/?q={session_id}", null, "https://traces.example/?q=cs_1")]
    [InlineData("https://traces.example/{trace_id}", "8ce1", "https://traces.example/8ce1")]
    [InlineData("https://traces.example/{trace_id}", null, null)]
    [InlineData("", "8ce1", null)]
    public void An_order_leads_to_its_trace_if_that_is_known(string template, string? trace, string? address) => Assert.Equal(address, Read(template).AddressOf("cs_1", trace));

    [Theory]
    [InlineData("https://traces.example")]
    [InlineData("traces.example/{trace_id}")]
    [InlineData("javascript:{trace_id}")]
    public void An_address_of_traces_that_names_no_order_is_refused(string template) => Assert.Single(Read(template).ConfigurationErrors);

    private static TraceOptions Read(string template)
    {
        var options = new TraceOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection([new("OPS_TRACE_URL", template)]).Build());
        return options;
    }

    private static List<string> LinesOf(JsonObject account) => [.. account["timeline"]!.AsArray().Select(line => $"{line!["what"]}: {line["detail"]}")];

    private static byte[] Refund(string id) => StripeEvents.Of("refund.created", new JsonObject
    {
        ["id"] = "re_1",
        ["object"] = "refund",
        ["amount"] = 9998,
        ["currency"] = "usd",
        ["status"] = "succeeded",
        ["payment_intent"] = "pi_" + id,
        ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
    });

    private Task SellAsync(string id, string principal, OrderLine? line = null)
    {
        var sale = LedgerKit.Sale(id) with { Principal = principal };
        return Ledger.Orders.RecordAsync(line is null ? sale : sale with { LineItems = [line] });
    }

    private Task AuditAsync(
        string phase, string call, string principal, string? session = null, string decision = "ok", string tool = "initiate_checkout", string? rules = null) => Redis.Database.StreamAddAsync(
        "co:audit",
        [
            new("phase", phase), new("call", call), new("principal", principal), new("tool", tool), new("decision", phase == "intent" ? "pending" : decision), new("trace_id", "8ce1"),
            .. session is null ? (StackExchange.Redis.NameValueEntry[])[] : [new("session_id", session)],
            .. rules is null ? (StackExchange.Redis.NameValueEntry[])[] : [new("rules", rules)],
        ]);
}
