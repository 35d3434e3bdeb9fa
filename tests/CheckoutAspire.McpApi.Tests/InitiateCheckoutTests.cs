using System.Globalization;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class InitiateCheckoutTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task A_sale_returns_the_payment_page()
    {
        var checkout = await SellAsync(("quantity", 2));

        Assert.StartsWith("https://checkout.stripe.example/", checkout.GetProperty("checkout_url").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("cs_test_", checkout.GetProperty("session_id").GetString(), StringComparison.Ordinal);
        Assert.Equal("open", checkout.GetProperty("status").GetString());
        Assert.Equal("unpaid", checkout.GetProperty("payment_status").GetString());
        Assert.Equal(9998, checkout.GetProperty("amount_total").GetInt64());
        Assert.Equal("usd", checkout.GetProperty("currency").GetString());
        Assert.False(checkout.GetProperty("livemode").GetBoolean());
        Assert.False(checkout.GetProperty("replayed").GetBoolean());
        Assert.StartsWith("ord_", checkout.GetProperty("order_ref").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stripe_is_sent_an_explicit_mode_integer_amounts_and_our_metadata_on_session_and_payment_intent()
    {
        var checkout = await SellAsync(
            ("quantity", 2), ("caller_ref", "sku-7"), ("client_reference_id", "cart-9"), ("customer_email", "buyer@example.com"),
            ("metadata", new[] { new { key = "color", value = "red" } }));

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("payment", form["mode"]);
        Assert.Equal("4999", form["line_items[0][price_data][unit_amount]"]);
        Assert.Equal("usd", form["line_items[0][price_data][currency]"]);
        Assert.Equal("Red mug", form["line_items[0][price_data][product_data][name]"]);
        Assert.Equal("2", form["line_items[0][quantity]"]);
        Assert.Equal("cart-9", form["client_reference_id"]);
        Assert.Equal("buyer@example.com", form["customer_email"]);
        Assert.Equal("false", form["adaptive_pricing[enabled]"]);

        var metadata = StripeStub.Metadata(form, "metadata[");
        Assert.DoesNotContain("sku-7", metadata.Values);
        Assert.Equal("mcp_server", metadata["source"]);
        Assert.Equal(Factory.Deployment, metadata["deployment"]);
        Assert.Matches("^[0-9a-f]{32}$", metadata["owner"]);
        Assert.Equal("red", metadata["color"]);
        Assert.Equal(checkout.GetProperty("order_ref").GetString(), metadata["order_ref"]);
        Assert.Equal(metadata, StripeStub.Metadata(form, "payment_intent_data[metadata]["));
    }

    [Fact]
    public async Task The_buyer_returns_to_the_servers_own_pages_with_the_placeholder_unescaped()
    {
        await SellAsync();

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("https://shop.example/checkout/success?session_id={CHECKOUT_SESSION_ID}", form["success_url"]);
        Assert.Equal("https://shop.example/checkout/cancel?session_id={CHECKOUT_SESSION_ID}", form["cancel_url"]);
    }

    [Theory]
    [InlineData("https://shop.example/thanks?id={CHECKOUT_SESSION_ID}#top")]
    [InlineData("https://partner.example/done")]
    [InlineData("http://localhost:3000")]
    [InlineData("HTTPS://Partner.Example/done")]
    public async Task An_allowed_redirect_is_sent_as_it_is_written(string url)
    {
        await SellAsync(("success_url", url), ("cancel_url", url));

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal(url, form["success_url"]);
        Assert.Equal(url, form["cancel_url"]);
    }

    [Theory]
    [InlineData(null, 31)]
    [InlineData(31, 31)]
    [InlineData(1439, 1439)]
    public async Task A_session_expires_after_the_given_minutes(int? minutes, int expected)
    {
        var before = TimeProvider.System.GetUtcNow();
        await SellAsync(("expires_in_minutes", minutes));
        var after = TimeProvider.System.GetUtcNow();

        var sent = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Assert.Single(Stripe.Creates).Form["expires_at"], CultureInfo.InvariantCulture));
        Assert.InRange(sent, before.AddMinutes(expected).AddSeconds(-1), after.AddMinutes(expected));
    }

    [Fact]
    public async Task A_price_id_is_sold_in_the_prices_own_currency()
    {
        var checkout = await SellAsync(("product_name", null), ("price_cents", null), ("price_id", "price_1Abc"), ("quantity", 3));

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("price_1Abc", form["line_items[0][price]"]);
        Assert.Equal("3", form["line_items[0][quantity]"]);
        Assert.Equal("usd", form["currency"]);
        var order = await Ledger.FindAsync(checkout.GetProperty("session_id").GetString()!);
        Assert.Equal("Name of the price's product", order!.ProductName);
    }

    [Fact]
    public async Task A_subscription_carries_our_metadata_on_what_it_renews()
    {
        await SellAsync(("product_name", null), ("price_cents", null), ("price_id", "price_1Abc"), ("mode", "subscription"));

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("subscription", form["mode"]);
        Assert.Equal(StripeStub.Metadata(form, "metadata["), StripeStub.Metadata(form, "subscription_data[metadata]["));
        Assert.DoesNotContain(form.Keys, key => key.StartsWith("payment_intent_data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Null_counts_as_absent_for_every_optional_argument()
    {
        // As OpenAI's strict mode writes every argument.
        var arguments = (await Client.ListToolsAsync(cancellationToken: Cancellation)).Single(tool => tool.Name == "initiate_checkout")
            .ProtocolTool.InputSchema.GetProperty("properties").EnumerateObject().ToDictionary(argument => argument.Name, _ => (object?)null);
        arguments["line_items"] = new object[]
        {
            new { product_name = "Red mug", price_cents = 4999, product_id = (string?)null, price_id = (string?)null, quantity = (long?)null },
        };

        var checkout = await CallAsync("initiate_checkout", arguments);
        var listed = await CallAsync("list_checkouts", new() { ["order_state"] = null, ["limit"] = null, ["cursor"] = null });

        Assert.Equal(4999, checkout.GetProperty("amount_total").GetInt64());
        Assert.Single(listed.GetProperty("checkouts").EnumerateArray());
    }

    [Fact]
    public async Task Empty_arguments_count_as_absent()
    {
        var checkout = await SellAsync(
            ("product_id", ""), ("success_url", ""), ("cancel_url", ""), ("currency", ""), ("price_id", ""), ("mode", ""), ("idempotency_key", ""));

        Assert.Equal("usd", checkout.GetProperty("currency").GetString());
        Assert.DoesNotContain("metadata[product_id]", Assert.Single(Stripe.Creates).Form.Keys);
    }

    [Fact]
    public async Task The_text_of_a_result_is_not_escaped()
    {
        var id = (await SellAsync(("product_name", "Café & \"Crème\""))).GetProperty("session_id").GetString();

        var result = await Client.CallToolAsync("get_checkout", new Dictionary<string, object?> { ["session_id"] = id }, cancellationToken: Cancellation);

        var text = Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
        Assert.Contains("Café & \\\"Crème\\\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_is_recorded_as_it_was_sold()
    {
        var checkout = await SellAsync(("quantity", 2), ("caller_ref", "sku-7"), ("client_reference_id", "cart-9"));

        var order = await Ledger.FindAsync(checkout.GetProperty("session_id").GetString()!);
        Assert.NotNull(order);
        Assert.Equal(OrderState.Created, order.State);
        Assert.Equal(9998, order.AmountSubtotal);
        Assert.Equal(9998, order.AmountTotal);
        Assert.Equal("usd", order.Currency);
        Assert.Equal("payment", order.Mode);
        Assert.Equal("Red mug", order.ProductName);
        Assert.Equal(("", "sku-7"), (order.ProductId, Assert.Single(order.LineItems).CallerRef));
        Assert.Equal("cart-9", order.ClientReferenceId);
        Assert.Equal(checkout.GetProperty("order_ref").GetString(), order.OrderRef);
        Assert.Equal(checkout.GetProperty("checkout_url").GetString(), order.CheckoutUrl);
        Assert.Equal(checkout.GetProperty("expires_at").GetDateTimeOffset(), order.ExpiresAt);
    }

    [Theory]
    [InlineData("jpy", 50)]
    [InlineData("kwd", 1230)]
    [InlineData("isk", 500)]
    [InlineData("EUR", 50)]
    public async Task A_currency_is_sold_by_its_own_smallest_unit(string currency, int price)
    {
        var checkout = await SellAsync(("currency", currency), ("price_cents", price));

        Assert.Equal(price, checkout.GetProperty("amount_total").GetInt64());
        Assert.Equal(currency.ToLowerInvariant(), Assert.Single(Stripe.Creates).Form["line_items[0][price_data][currency]"]);
    }
}
