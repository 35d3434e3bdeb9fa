using System.Text.Json;
using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Handlers receive the whole order, and Stripe is asked only for what the event does not contain.</summary>
public sealed class WholeOrderTests : WorkerTest
{
    private RecordingHandler _handler = new("ship");
    private readonly string _id = LedgerKit.NewSessionId();
    private StripeListStub _stripe = null!;

    private string Path => "/v1/checkout/sessions/" + _id;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _stripe = await StripeListStub.StartAsync();
        _stripe.Objects[Path] = WholeOrder.Expanded(_id);
    }

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_handler_gets_lines_amounts_buyer_addresses_and_the_caller_s_words()
    {
        await using var worker = Start();

        var order = await SellAndShipAsync();

        Assert.Equal(
            [
                new PaidLine
                {
                    ProductId = "mug", StripeProduct = "prod_mug", StripePrice = "price_made", Name = "Red mug", Quantity = 2, UnitAmount = 4999,
                    AmountSubtotal = 9998, AmountDiscount = 998, AmountTax = 1710, AmountTotal = 10_710,
                },
                new PaidLine
                {
                    ProductId = "shirt", CallerRef = "row 2", StripeProduct = "prod_shirt", StripePrice = "price_shirt", Name = "Shirt", Quantity = 1, UnitAmount = 3000,
                    AmountSubtotal = 3000, AmountTax = 655, AmountTotal = 3655,
                },
            ],
            order.Lines);
        Assert.Equal(
            (12_998, 998, 590, 2477, 15_067, "eur"),
            (order.AmountSubtotal, order.AmountDiscount, order.AmountShipping, order.AmountTax, order.AmountTotal, order.Currency));
        Assert.Equal(new Buyer { Name = "Ada Lovelace", Email = "ada@example.com", Phone = "+4930123456" }, order.Buyer);
        Assert.Equal(
            new ShippingDetails
            {
                Name = "Byron House",
                Phone = "+4930123456",
                Address = new PostalAddress { Line1 = "Unter den Linden 1", City = "Berlin", PostalCode = "10117", Country = "DE" },
            },
            order.Shipping);
        Assert.Equal(
            new ShippingRate { Id = "shr_express", DisplayName = "Express", AmountSubtotal = 590, AmountTax = 112, AmountTotal = 702 }, order.ShippingRate);
        Assert.Equal(
            new PostalAddress { Line1 = "Hauptstr. 5", Line2 = "2. OG", City = "Bonn", PostalCode = "53111", Country = "DE" }, order.BillingAddress);
        Assert.Equal([new TaxId("eu_vat", "DE123456789")], order.TaxIds);
        Assert.Equal(
            [
                new CustomField("gift", "Gift message", "text", "For Charles"),
                new CustomField("size", "Size", "dropdown", "xl"),
                new CustomField("floor", "Floor", "numeric", null),
            ],
            order.CustomFields);
        Assert.Equal(new Consent("opt_out", "accepted"), order.Consent);
        Assert.Equal([new("campaign", "autumn")], order.Metadata);
        Assert.Equal(
            ("cart-7", "payment", "in_first", null, "de", "shopping-agent", "own_1", "buyer-42", _id),
            (order.ClientReferenceId, order.Mode, order.Invoice, order.Subscription, order.Locale, order.Principal, order.Owner, order.BuyerRef, order.CheckoutSession));
        Assert.Equal(1, _stripe.Count(Path));
    }

    [Fact]
    public async Task Personal_data_is_not_logged_and_not_written_to_the_ledger()
    {
        _handler = new RecordingHandler("ship", (order, _, _) => order.Fence == 1 ? throw new InvalidOperationException(order.ToString()) : Task.CompletedTask);
        await using var worker = Start();

        var order = await SellAndShipAsync(orders: 2);

        Assert.NotEmpty(worker.Warnings);
        var text = string.Join('\n', [.. worker.Warnings, $"{order} {order.Buyer} {order.Shipping} {order.BillingAddress} {order.TaxIds[0]} {order.CustomFields[0]}", await DumpAsync()]);
        WholeOrder.AssertNoPersonalData(text);
    }

    [Fact]
    public async Task Personal_data_can_be_kept_out()
    {
        await using var worker = Start(("FULFILLMENT_PERSONAL_DATA", "false"));

        var order = await SellAndShipAsync();

        Assert.Equal((null, null, null), (order.Buyer, order.Shipping, order.BillingAddress));
        Assert.Empty(order.TaxIds);
        Assert.Empty(order.CustomFields);
        WholeOrder.AssertNoPersonalData(JsonSerializer.Serialize(order));
        Assert.Equal(("Express", "accepted", 2, "buyer-42"), (order.ShippingRate?.DisplayName, order.Consent?.TermsOfService, order.Lines.Count, order.BuyerRef));
    }

    [Fact]
    public async Task A_value_that_is_neither_true_nor_false_is_rejected_at_start()
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync("CheckoutAspire.Worker", new Dictionary<string, string>
        {
            ["STRIPE_SECRET_KEY"] = "sk_test_1",
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["FULFILLMENT_PERSONAL_DATA"] = "no",
        });

        Assert.Equal(1, exitCode);
        Assert.Contains("FULFILLMENT_PERSONAL_DATA must be true or false.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_says_it_all_costs_no_call_of_Stripe()
    {
        await using var worker = Start();
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        var order = Assert.Single(_handler.Orders);
        Assert.Equal(
            new PaidLine
            {
                ProductId = "mug",
                StripeProduct = "prod_mug",
                StripePrice = "price_mug",
                Name = "Red mug",
                Quantity = 2,
                UnitAmount = 4999,
                AmountSubtotal = 9998,
                AmountTotal = 9998,
            },
            Assert.Single(order.Lines));
        Assert.Equal(("buyer@example.com", "Ä Buyer"), (order.Buyer?.Email, order.Buyer?.Name));
        Assert.Equal(0, _stripe.Count("/v1/checkout/sessions/" + sold.SessionId));
    }

    [Fact]
    public async Task A_name_that_the_caller_wrote_is_marked()
    {
        await using var worker = Start();
        var sale = WholeOrder.Sale(_id);
        await Ledger.Orders.RecordAsync(sale with { LineItems = [sale.LineItems[0] with { ProductId = null }, sale.LineItems[1]] });

        await Ledger.AppendAsync(_id, WholeOrder.Event(_id));

        await AwaitAsync(_id, OrderState.Fulfilled);
        Assert.Equal([(true, null), (false, "shirt")], Assert.Single(_handler.Orders).Lines.Select(line => (line.IsNamedByCaller, line.ProductId)));
    }

    [Fact]
    public async Task Lines_beyond_those_that_Stripe_expands_are_listed()
    {
        var expanded = WholeOrder.Expanded(_id);
        _stripe.Objects[Path + "/line_items"] = expanded["line_items"]!.DeepClone().AsObject();
        expanded["line_items"]!["data"]!.AsArray().RemoveAt(1);
        expanded["line_items"]!["has_more"] = true;
        _stripe.Objects[Path] = expanded;
        await using var worker = Start();

        var order = await SellAndShipAsync();

        Assert.Equal(["mug", "shirt"], order.Lines.Select(line => line.ProductId));
    }

    [Fact]
    public async Task An_event_of_an_older_API_version_is_read_from_Stripe()
    {
        await using var worker = Start();
        var sold = await Ledger.SellAsync();
        var path = "/v1/checkout/sessions/" + sold.SessionId;
        _stripe.Objects[path] = WholeOrder.Expanded(sold.SessionId);

        await Ledger.AppendAsync(sold.SessionId, StripeEvents.Checkout(sold.SessionId, change: found => found["api_version"] = "2024-06-20"));

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.Equal((1, "Ada Lovelace"), (_stripe.Count(path), Assert.Single(_handler.Orders).Buyer?.Name));
    }

    [Fact]
    public async Task A_worker_without_handlers_reads_nothing_more()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString, _stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00")]);
        await Ledger.Orders.RecordAsync(WholeOrder.Sale(_id));

        await Ledger.AppendAsync(_id, WholeOrder.Event(_id));

        await AwaitAsync(_id, OrderState.Fulfilled);
        Assert.Equal(0, _stripe.Count(Path));
    }

    [Fact]
    public async Task An_order_that_an_operator_approved_is_as_whole()
    {
        await using var worker = Start();
        await Ledger.Orders.RecordAsync(WholeOrder.Sale(_id) with { Currency = "usd" });
        await Ledger.AppendAsync(_id, WholeOrder.Event(_id));
        var held = await AwaitAsync(_id, OrderState.NeedsReview);

        await new OperatorLedger(Redis.Connection, Ledger.Partitions, Ledger.Orders).DecideAsync(_id, approve: true, "Ann: looked at it", held.Hold);

        await AwaitAsync(_id, OrderState.Fulfilled);
        var order = Assert.Single(_handler.Orders);
        Assert.Equal(("Ada Lovelace", 2, "eur"), (order.Buyer?.Name, order.Lines.Count, order.Currency));
    }

    [Fact]
    public async Task While_Stripe_fails_the_order_is_retried_and_the_handler_is_not_called()
    {
        var failures = 0;
        _stripe.Fails = (path, _) => path == Path && Interlocked.Increment(ref failures) <= 3;
        await using var worker = Start();

        var order = await SellAndShipAsync();

        Assert.True(order.Fence > 1);
        Assert.Contains((await Ledger.Orders.FindAsync(_id))!.Timeline, step => step is { What: "postponed", Detail: var why } && why.Contains("StripeException", StringComparison.Ordinal));
        Assert.Empty(await Redis.Database.StreamRangeAsync(Partition.Dead));
    }

    private WorkerHost Start(params (string Name, string Value)[] settings) => new(
        Redis.ConnectionString, _stripe.Address, [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:StripeRequestsPerSecond", "1000"), .. settings], _handler);

    private async Task<PaidOrder> SellAndShipAsync(int orders = 1)
    {
        await Ledger.Orders.RecordAsync(WholeOrder.Sale(_id));
        await Ledger.AppendAsync(_id, WholeOrder.Event(_id));
        await AwaitAsync(_id, OrderState.Fulfilled);
        Assert.Equal(orders, _handler.Orders.Count);
        return _handler.Orders.Last();
    }

    /// <summary>Everything that Redis holds after the event is settled.</summary>
    private async Task<string> DumpAsync()
    {
        await AwaitDrainedAsync();
        var dump = new List<string>();
        await foreach (var key in Redis.Connection.GetServers()[0].KeysAsync())
        {
            dump.Add($"{key} " + await ReadAsync(key));
        }

        return string.Join('\n', dump);
    }

    private async Task<string> ReadAsync(RedisKey key) => await Redis.Database.KeyTypeAsync(key) switch
    {
        RedisType.Hash => string.Join(' ', await Redis.Database.HashGetAllAsync(key)),
        RedisType.Stream => string.Join(' ', (await Redis.Database.StreamRangeAsync(key)).SelectMany(entry => entry.Values)),
        RedisType.SortedSet => string.Join(' ', await Redis.Database.SortedSetRangeByRankWithScoresAsync(key)),
        RedisType.String => (await Redis.Database.StringGetAsync(key)).ToString(),
        _ => "",
    };
}
