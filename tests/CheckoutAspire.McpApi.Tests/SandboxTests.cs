using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The tools against the sandbox, which validates every parameter as Stripe does.</summary>
public sealed class SandboxTests(RedisFixture redis) : SandboxTest(redis)
{
    [Fact]
    public async Task A_sale_with_every_argument_is_a_session_at_Stripe()
    {
        var checkout = await CallAsync("initiate_checkout", new()
        {
            ["product_name"] = "Red mug",
            ["price_cents"] = 4999,
            ["quantity"] = 2,
            ["caller_ref"] = "sku-7",
            ["success_url"] = "https://partner.example/done?id={CHECKOUT_SESSION_ID}",
            ["cancel_url"] = "https://partner.example/back",
            ["currency"] = "EUR",
            ["metadata"] = new[] { new { key = "color", value = "red" } },
            ["client_reference_id"] = "cart-9",
            ["customer_email"] = "buyer@example.com",
            ["expires_in_minutes"] = 1439,
            ["idempotency_key"] = Guid.NewGuid().ToString(),
            ["mode"] = "payment",
        });

        var session = await SessionAsync(checkout);
        Assert.Equal("payment", session.Mode);
        Assert.Equal(9998, session.AmountTotal);
        Assert.Equal("eur", session.Currency);
        Assert.Equal("https://partner.example/done?id={CHECKOUT_SESSION_ID}", session.SuccessUrl);
        Assert.Equal("cart-9", session.ClientReferenceId);
        Assert.Equal("buyer@example.com", session.CustomerEmail);
        Assert.Equal("red", session.Metadata["color"]);
        Assert.False(session.Metadata.ContainsKey("product_id"));
        Assert.Equal(checkout.GetProperty("order_ref").GetString(), session.Metadata["order_ref"]);
        Assert.StartsWith("https://shop.example/pay/", checkout.GetProperty("checkout_url").GetString(), StringComparison.Ordinal);
        Assert.Equal(checkout.GetProperty("expires_at").GetDateTimeOffset().UtcDateTime, session.ExpiresAt);
    }

    [Fact]
    public async Task The_documented_template_sells_in_the_sandbox()
    {
        await using var factory = new McpApiFactory(Redis.ConnectionString, Sandbox.ApiBase, builder => builder.UseSetting(
            "CHECKOUT_SESSION_TEMPLATE", Path.Combine(AppContext.BaseDirectory, "session-template.example.json")));
        await using var client = await factory.ConnectAsync();

        var result = await client.CallToolAsync(
            "initiate_checkout",
            new Dictionary<string, object?> { ["product_name"] = "Rote Tasse", ["price_cents"] = 2490, ["currency"] = "eur", ["locale"] = "de" },
            cancellationToken: Cancellation);

        Assert.NotEqual(true, result.IsError);
        var sold = await SessionAsync(Assert.NotNull(result.StructuredContent));
        Assert.Equal((2490, 2980, "de", true), (sold.AmountSubtotal, sold.AmountTotal, sold.Locale, sold.AllowPromotionCodes));
        using var buyer = new HttpClient { BaseAddress = Sandbox.Address };
        using var paid = await buyer.PostAsync($"/sandbox/sessions/{sold.Id}/pay", content: null, Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.OK, paid.StatusCode);
        var complete = await Sessions.GetAsync(sold.Id, cancellationToken: Cancellation);
        Assert.Equal(("paid", "DE", "accepted"), (complete.PaymentStatus, complete.CollectedInformation.ShippingDetails.Address.Country, complete.Consent.TermsOfService));
        Assert.Equal(398 + 78, complete.TotalDetails.AmountTax);
    }

    [Fact]
    public async Task A_recurring_price_is_sold_as_a_subscription_and_not_as_a_payment()
    {
        var price = await new PriceService(Stripe).CreateAsync(
            new PriceCreateOptions
            {
                Currency = "usd",
                UnitAmount = 700,
                Recurring = new PriceRecurringOptions { Interval = "month" },
                ProductData = new PriceProductDataOptions { Name = "Tea, monthly" },
            },
            cancellationToken: Cancellation);

        var checkout = await CallAsync("initiate_checkout", new() { ["price_id"] = price.Id, ["mode"] = "subscription" });
        var derived = await CallAsync("initiate_checkout", new() { ["price_id"] = price.Id });
        var refused = await CallAsync("initiate_checkout", new() { ["price_id"] = price.Id, ["mode"] = "payment" }, isError: true);

        Assert.Equal(700, checkout.GetProperty("amount_total").GetInt64());
        Assert.Equal("subscription", (await SessionAsync(derived)).Mode);
        Assert.Equal("Tea, monthly", (await CallAsync("get_checkout", Of(checkout))).GetProperty("product_name").GetString());
        Assert.Equal("invalid_request", refused.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(null, "usd", 1000)]
    [InlineData("eur", "eur", 900)]
    public async Task A_price_with_several_currencies_is_charged_in_its_own_or_in_the_one_that_the_caller_chooses(string? chosen, string currency, long unit)
    {
        var price = await new PriceService(Stripe).CreateAsync(
            new PriceCreateOptions
            {
                Currency = "usd",
                UnitAmount = 1000,
                CurrencyOptions = new() { ["eur"] = new PriceCurrencyOptionsOptions { UnitAmount = 900 } },
                ProductData = new PriceProductDataOptions { Name = "Red mug" },
            },
            cancellationToken: Cancellation);

        var checkout = await CallAsync("initiate_checkout", new() { ["price_id"] = price.Id, ["quantity"] = 2, ["currency"] = chosen });
        var other = currency == "usd" ? "eur" : "usd";
        using var http = new HttpClient();
        using var presented = await http.PostAsync(
            new Uri(Sandbox.Address, $"/sandbox/sessions/{checkout.GetProperty("session_id")}/currency/{other}"), content: null, Cancellation);
        var found = await CallAsync("get_checkout", Of(checkout));

        // Stripe presents such a Price in the buyer's currency only if the session was created without one.
        Assert.False(presented.IsSuccessStatusCode);
        Assert.Equal((currency, 2 * unit), (checkout.GetProperty("currency").GetString(), checkout.GetProperty("amount_total").GetInt64()));
        Assert.Equal((currency, 2 * unit), (found.GetProperty("currency").GetString(), found.GetProperty("amount_total").GetInt64()));
        Assert.Equal(unit, found.GetProperty("line_items")[0].GetProperty("price_cents").GetInt64());
        Assert.Equal(currency, (await SessionAsync(checkout)).Currency);
    }

    [Fact]
    public async Task A_product_with_several_currencies_is_charged_in_the_listed_one()
    {
        var price = await new PriceService(Stripe).CreateAsync(
            new PriceCreateOptions
            {
                Currency = "eur",
                UnitAmount = 900,
                CurrencyOptions = new() { ["usd"] = new PriceCurrencyOptionsOptions { UnitAmount = 1000 } },
                ProductData = new PriceProductDataOptions { Name = "Red mug" },
            },
            cancellationToken: Cancellation);

        var checkout = await CallAsync("initiate_checkout", new()
        {
            ["line_items"] = new object[] { new { product_id = price.Id }, new { product_name = "Gift wrap", price_cents = 300 } },
        });

        using var http = new HttpClient();
        using var presented = await http.PostAsync(
            new Uri(Sandbox.Address, $"/sandbox/sessions/{checkout.GetProperty("session_id")}/currency/usd"), content: null, Cancellation);
        Assert.False(presented.IsSuccessStatusCode);
        Assert.Equal(("eur", 1200), ((await SessionAsync(checkout)).Currency, checkout.GetProperty("amount_total").GetInt64()));
    }

    [Fact]
    public async Task A_price_that_does_not_exist_is_named()
    {
        var error = await CallAsync("initiate_checkout", new() { ["price_id"] = "price_nowhere" }, isError: true);

        Assert.Equal("not_found", error.GetProperty("code").GetString());
        Assert.Equal("price_id", error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task The_same_key_makes_one_session_at_Stripe()
    {
        var arguments = new Dictionary<string, object?>
        {
            ["product_name"] = "Red mug",
            ["price_cents"] = 4999,
            ["idempotency_key"] = Guid.NewGuid().ToString(),
        };

        var first = await CallAsync("initiate_checkout", arguments);
        var second = await CallAsync("initiate_checkout", arguments);

        Assert.Equal(first.GetProperty("session_id").GetString(), second.GetProperty("session_id").GetString());
        Assert.Single(await Sessions.ListAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_with_one_key_make_one_session_at_Stripe()
    {
        var arguments = new Dictionary<string, object?>
        {
            ["product_name"] = "Red mug",
            ["price_cents"] = 4999,
            ["idempotency_key"] = Guid.NewGuid().ToString(),
        };

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            Client.CallToolAsync("initiate_checkout", arguments, cancellationToken: Cancellation).AsTask()));
        var afterwards = await CallAsync("initiate_checkout", arguments);

        var session = Assert.Single(await Sessions.ListAsync(cancellationToken: Cancellation));
        Assert.Equal(session.Id, afterwards.GetProperty("session_id").GetString());
        Assert.All(results, result => Assert.Equal(
            result.IsError is true ? "idempotency_in_flight" : session.Id,
            result.StructuredContent!.Value.GetProperty(result.IsError is true ? "code" : "session_id").GetString()));
    }

    [Fact]
    public async Task Products_and_prices_of_Stripe_are_listed_and_sold_together()
    {
        var mug = await PriceAsync("Red mug", 4999);
        var tea = await PriceAsync("Tea", 700);

        var products = (await CallAsync("list_products", [])).GetProperty("products").EnumerateArray().ToArray();
        var checkout = await CallAsync("initiate_checkout", new()
        {
            ["line_items"] = new object[]
            {
                new { product_id = mug.Id, quantity = 2 }, new { price_id = tea.Id }, new { product_name = "Gift wrap", price_cents = 300 },
            },
        });

        Assert.Equal(
            new[] { mug.Id, tea.Id }.Order(StringComparer.Ordinal), products.Select(product => product.GetProperty("product_id").GetString()));
        var session = await SessionAsync(checkout);
        Assert.Equal((2 * 4999) + 700 + 300, session.AmountTotal);
        var lines = (await CallAsync("get_checkout", Of(checkout))).GetProperty("line_items").EnumerateArray();
        Assert.Equal(
            ["Red mug 2 x 4999", "Tea 1 x 700", "Gift wrap 1 x 300"],
            lines.Select(line => $"{line.GetProperty("product_name")} {line.GetProperty("quantity")} x {line.GetProperty("price_cents")}"));
    }

    [Fact]
    public async Task The_seal_of_a_sale_covers_the_lines_that_Stripe_has()
    {
        var mug = await PriceAsync("Red mug", 4999);
        var checkout = await CallAsync("initiate_checkout", new()
        {
            ["line_items"] = new object[] { new { product_id = mug.Id, quantity = 2 }, new { product_name = "Gift wrap", price_cents = 300 } },
        });

        var session = await SessionAsync(checkout);
        SealedLine[] lines =
        [
            .. (await new SessionLineItemService(Stripe).ListAsync(session.Id, cancellationToken: Cancellation))
                .Select(line => new SealedLine(line.Price.Id, line.Quantity!.Value, line.AmountSubtotal / line.Quantity.Value)),
        ];
        Assert.True(Verify(lines));
        Assert.False(Verify([lines[0] with { Quantity = 3 }, lines[1]]));

        bool Verify(SealedLine[] given) => StripeSecretKey.TryParse(StripeSecretKey.Sandbox, out var key, out _) && SaleSeal.Verify(
            session.Metadata[CheckoutMetadata.Seal], key, session.Metadata[CheckoutMetadata.OrderRef], session.Metadata[CheckoutMetadata.Owner], 10298, "usd", given);
    }

    [Fact]
    public async Task A_recurring_line_is_recorded_as_such_whether_or_not_its_price_was_looked_up()
    {
        var tea = await new PriceService(Stripe).CreateAsync(
            new PriceCreateOptions
            {
                Currency = "usd",
                UnitAmount = 700,
                Recurring = new PriceRecurringOptions { Interval = "month" },
                ProductData = new PriceProductDataOptions { Name = "Tea, monthly" },
            },
            cancellationToken: Cancellation);

        foreach (var line in new object[] { new { product_id = tea.Id }, new { price_id = tea.Id } })
        {
            var checkout = await CallAsync("initiate_checkout", new()
            {
                ["mode"] = "subscription",
                ["line_items"] = new[] { line, new { product_name = "Tea pot", price_cents = 2500 } },
            });

            var order = (await Ledger.FindAsync(checkout.GetProperty("session_id").GetString()!))!;
            Assert.Equal([true, false], order.LineItems.Select(item => item.Recurring));
        }
    }

    [Fact]
    public async Task Each_line_is_recorded_with_the_product_and_the_price_that_Stripe_has()
    {
        var checkout = await CallAsync("initiate_checkout", new()
        {
            ["line_items"] = new[]
            {
                new { product_name = "Red mug", price_cents = 4999, quantity = 2 },
                new { product_name = "Tea pot", price_cents = 2500, quantity = 1 },
            },
        });
        var id = checkout.GetProperty("session_id").GetString()!;

        var lines = (await Ledger.FindAsync(id))!.LineItems;
        var items = (await new SessionLineItemService(Stripe).ListAsync(id, cancellationToken: Cancellation)).Data;
        Assert.Equal(
            items.Select(item => (item.Description, item.Price.ProductId, item.Price.Id)),
            lines.Select(line => (line.Name!, line.StripeProductId!, line.StripePriceId!)));
    }

    [Fact]
    public async Task A_session_that_expired_at_Stripe_is_reported_before_its_event_arrives()
    {
        var checkout = await CallAsync("initiate_checkout", new() { ["product_name"] = "Red mug", ["price_cents"] = 4999 });
        await Sessions.ExpireAsync(checkout.GetProperty("session_id").GetString(), cancellationToken: Cancellation);

        var looked = await CallAsync("get_checkout", Of(checkout));

        Assert.Equal("expired", looked.GetProperty("status").GetString());
        Assert.Equal("created", looked.GetProperty("order_state").GetString());
        Assert.False(looked.TryGetProperty("checkout_url", out _));
    }

    private Task<Price> PriceAsync(string name, long amount) => new PriceService(Stripe).CreateAsync(
        new PriceCreateOptions { Currency = "usd", UnitAmount = amount, ProductData = new PriceProductDataOptions { Name = name } },
        cancellationToken: Cancellation);

    private static Dictionary<string, object?> Of(JsonElement checkout) => new() { ["session_id"] = checkout.GetProperty("session_id").GetString() };
}
