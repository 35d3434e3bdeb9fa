using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Stripe.net works against the sandbox unchanged.</summary>
public sealed class StripeNetClientTests : IDisposable
{
    private readonly SandboxServer _sandbox = new();
    private readonly SessionService _sessions;

    public StripeNetClientTests() => _sessions = new SessionService(_sandbox.Stripe);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_session_with_an_inline_price_is_open_unpaid_and_adds_up()
    {
        var session = await _sandbox.CreateAsync();

        Assert.StartsWith("cs_test_a1", session.Id, StringComparison.Ordinal);
        Assert.Equal(("open", "unpaid", "payment"), (session.Status, session.PaymentStatus, session.Mode));
        Assert.Equal((9998L, 9998L, "usd"), (session.AmountTotal!.Value, session.AmountSubtotal!.Value, session.Currency));
        Assert.False(session.Livemode);
        Assert.Null(session.PaymentIntentId);
        Assert.Null(session.CustomerDetails);
        Assert.Null(session.LineItems);
        Assert.Equal("mug-1", session.Metadata["product_id"]);
        Assert.Equal("http://localhost/success?session_id={CHECKOUT_SESSION_ID}", session.SuccessUrl);
        // Stripe's links have a long fragment.
        Assert.StartsWith(new Uri(_sandbox.Address, $"/c/pay/{session.Id}#fid").ToString(), session.Url, StringComparison.Ordinal);
        Assert.InRange(session.Url.Length, 400, 1000);
        Assert.Equal(TimeSpan.FromHours(24), session.ExpiresAt - session.Created);
    }

    [Fact]
    public async Task A_session_by_Price_ID_takes_the_price_and_its_product()
    {
        var product = await new ProductService(_sandbox.Stripe).CreateAsync(
            new ProductCreateOptions { Name = "Blue plate" }, cancellationToken: Cancellation);
        var price = await new PriceService(_sandbox.Stripe).CreateAsync(
            new PriceCreateOptions { Product = product.Id, Currency = "EUR", UnitAmount = 1250 }, cancellationToken: Cancellation);

        var session = await _sandbox.CreateAsync(options =>
        {
            options.LineItems = [new SessionLineItemOptions { Price = price.Id, Quantity = 3 }];
            options.AddExpand("line_items.data.price.product");
        });

        Assert.Equal((3750L, "eur"), (session.AmountTotal!.Value, session.Currency));
        var line = Assert.Single(session.LineItems.Data);
        Assert.Equal((price.Id, "Blue plate", 3L), (line.Price.Id, line.Price.Product.Name, line.Quantity!.Value));
        Assert.True(line.Price.Active);
    }

    [Fact]
    public async Task An_inline_price_can_be_read_but_not_used_again()
    {
        var session = await _sandbox.CreateAsync(options => options.AddExpand("line_items"));
        var price = await new PriceService(_sandbox.Stripe).GetAsync(
            session.LineItems.Data[0].Price.Id, cancellationToken: Cancellation);

        Assert.False(price.Active);
        var refusal = await Assert.ThrowsAsync<StripeException>(() => _sandbox.CreateAsync(options =>
            options.LineItems = [new SessionLineItemOptions { Price = price.Id, Quantity = 1 }]));
        Assert.Equal("line_items[0][price]", refusal.StripeError.Param);
    }

    [Fact]
    public async Task A_session_is_read_back_unchanged()
    {
        var created = await _sandbox.CreateAsync();

        var read = await _sandbox.GetAsync(created.Id);

        Assert.Equal(created.ToJson(), read.ToJson());
    }

    [Fact]
    public async Task Auto_paging_walks_every_session_once_newest_first()
    {
        var created = new List<string>();
        for (var count = 0; count < 7; count++)
        {
            created.Add((await _sandbox.CreateAsync()).Id);
        }

        var listed = new List<string>();
        await foreach (var session in _sessions.ListAutoPagingAsync(new SessionListOptions { Limit = 3 }, cancellationToken: Cancellation))
        {
            listed.Add(session.Id);
        }

        Assert.Equal(Enumerable.Reverse(created), listed);
        var before = await _sessions.ListAsync(
            new SessionListOptions { Limit = 2, EndingBefore = created[1] }, cancellationToken: Cancellation);
        Assert.Equal([created[3], created[2]], before.Data.Select(session => session.Id));
        Assert.True(before.HasMore);
    }

    [Fact]
    public async Task Lists_are_filtered_by_status_buyer_payment_and_time()
    {
        var paid = await _sandbox.CreateAsync();
        var open = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(paid);
        var intent = (await _sandbox.GetAsync(paid.Id)).PaymentIntentId;

        Assert.Equal([paid.Id], await ListAsync(new SessionListOptions { Status = "complete" }));
        Assert.Equal([open.Id], await ListAsync(new SessionListOptions { Status = "open" }));
        Assert.Equal([paid.Id], await ListAsync(new SessionListOptions { PaymentIntent = intent }));
        Assert.Equal([paid.Id], await ListAsync(new SessionListOptions
        {
            CustomerDetails = new SessionCustomerDetailsOptions { Email = "buyer@example.com" },
        }));
        Assert.Equal([open.Id, paid.Id], await ListAsync(new SessionListOptions
        {
            Created = new DateRangeOptions { GreaterThanOrEqual = paid.Created },
        }));
        Assert.Empty(await ListAsync(new SessionListOptions { Created = new DateRangeOptions { LessThan = paid.Created } }));

        async Task<List<string>> ListAsync(SessionListOptions options) =>
            [.. (await _sessions.ListAsync(options, cancellationToken: Cancellation)).Data.Select(session => session.Id)];
    }

    [Theory]
    [InlineData("/v1/checkout/sessions")]
    [InlineData("/v1/payment_intents")]
    [InlineData("/v1/charges")]
    [InlineData("/v1/refunds")]
    [InlineData("/v1/disputes")]
    [InlineData("/v1/invoices")]
    [InlineData("/v1/invoice_payments")]
    [InlineData("/v1/subscriptions")]
    [InlineData("/v1/events")]
    public async Task Lists_are_filtered_by_a_range_of_creation_times(string path)
    {
        await using var own = new SandboxServer();
        await own.PayByCardAsync(await own.CreateAsync());
        await own.PostAsync("/sandbox/sessions/newest/dispute", new { });
        await own.PostAsync("/sandbox/sessions/newest/refund", new { });
        await own.PayByCardAsync(await own.CreateAsync(options =>
        {
            options.Mode = "subscription";
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
        }));
        using var client = own.Authenticated();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        Assert.NotEmpty(await ListAsync($"created[gte]={now - 60}&created[lt]={now + 60}"));
        Assert.Empty(await ListAsync($"created[lt]={now - 60}"));
        Assert.Empty(await ListAsync($"created[gt]={now + 60}"));

        async Task<JsonArray> ListAsync(string query) =>
            (await client.GetFromJsonAsync<JsonNode>($"{path}?{query}", Cancellation))!["data"]!.AsArray();
    }

    [Fact]
    public async Task An_open_session_expires_on_request_and_only_once()
    {
        var session = await _sandbox.CreateAsync();

        var expired = await _sessions.ExpireAsync(session.Id, cancellationToken: Cancellation);

        Assert.Equal(("expired", "unpaid"), (expired.Status, expired.PaymentStatus));
        Assert.Null(expired.Url);
        Assert.Contains("checkout.session.expired", await _sandbox.EventTypesAsync());
        var refusal = await Assert.ThrowsAsync<StripeException>(() => _sessions.ExpireAsync(session.Id, cancellationToken: Cancellation));
        Assert.Equal(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`.",
            refusal.StripeError.Message);
    }

    [Fact]
    public async Task Metadata_is_merged_unset_by_key_and_cleared()
    {
        var session = await _sandbox.CreateAsync();

        var merged = await _sessions.UpdateAsync(
            session.Id,
            new SessionUpdateOptions { Metadata = new() { ["order"] = "7", ["product_id"] = "" } },
            cancellationToken: Cancellation);

        Assert.Equal([new("order", "7")], merged.Metadata);
    }

    [Fact]
    public async Task Line_items_have_their_own_list()
    {
        var session = await _sandbox.CreateAsync();

        var lines = await new SessionLineItemService(_sandbox.Stripe).ListAsync(session.Id, cancellationToken: Cancellation);

        Assert.Equal(("Red mug", 2L, 9998L), (lines.Data[0].Description, lines.Data[0].Quantity!.Value, lines.Data[0].AmountTotal));
    }

    [Fact]
    public async Task Products_and_prices_are_listed_with_their_filters()
    {
        var products = new ProductService(_sandbox.Stripe);
        var prices = new PriceService(_sandbox.Stripe);
        var plan = await prices.CreateAsync(
            new PriceCreateOptions
            {
                Currency = "usd",
                UnitAmount = 900,
                Recurring = new PriceRecurringOptions { Interval = "month" },
                ProductData = new PriceProductDataOptions { Name = "Club" },
            },
            cancellationToken: Cancellation);
        await _sandbox.CreateAsync();

        Assert.Equal([plan.Id], (await prices.ListAsync(new PriceListOptions { Active = true }, cancellationToken: Cancellation)).Data.Select(price => price.Id));
        Assert.Equal([plan.Id], (await prices.ListAsync(new PriceListOptions { Type = "recurring" }, cancellationToken: Cancellation)).Data.Select(price => price.Id));
        Assert.Equal([plan.ProductId], (await products.ListAsync(new ProductListOptions { Active = true }, cancellationToken: Cancellation)).Data.Select(product => product.Id));
        Assert.Equal("Club", (await products.GetAsync(plan.ProductId, cancellationToken: Cancellation)).Name);
    }

    [Fact]
    public async Task A_payment_is_read_with_its_charge_expanded()
    {
        var session = await _sandbox.CreateAsync(options => options.PaymentIntentData = new SessionPaymentIntentDataOptions
        {
            Metadata = new() { ["order_ref"] = "o-1" },
            Description = "Two mugs",
        });
        await _sandbox.PayByCardAsync(session);

        var paid = await _sessions.GetAsync(
            session.Id, new SessionGetOptions { Expand = ["payment_intent.latest_charge"] }, cancellationToken: Cancellation);

        Assert.Equal(("complete", "paid"), (paid.Status, paid.PaymentStatus));
        Assert.Equal(("succeeded", 9998L, "o-1", "Two mugs"), (paid.PaymentIntent.Status, paid.PaymentIntent.AmountReceived, paid.PaymentIntent.Metadata["order_ref"], paid.PaymentIntent.Description));
        Assert.Equal(("4242", "visa"), (paid.PaymentIntent.LatestCharge.PaymentMethodDetails.Card.Last4, paid.PaymentIntent.LatestCharge.PaymentMethodDetails.Card.Brand));
        Assert.Equal("buyer@example.com", paid.CustomerDetails.Email);
    }

    [Fact]
    public async Task The_account_is_a_test_account()
    {
        var account = await new AccountService(_sandbox.Stripe).GetSelfAsync(cancellationToken: Cancellation);

        Assert.StartsWith("acct_", account.Id, StringComparison.Ordinal);
    }
}
