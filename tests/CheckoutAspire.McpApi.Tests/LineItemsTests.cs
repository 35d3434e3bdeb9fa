using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;

namespace CheckoutAspire.McpApi.Tests;

public sealed class LineItemsTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly string _catalog = Path.GetTempFileName();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_catalog);
    }

    protected override void Configure(IWebHostBuilder builder)
    {
        File.WriteAllText(
            _catalog,
            """
            {"products":[
              {"id":"mug","name":"Red mug","description":"0.3 l","image_url":"https://shop.example/mug.png","price_cents":4999,"currency":"eur","max_quantity":3},
              {"id":"tea","name":"Tea, monthly","price_cents":700,"currency":"eur","recurring":{"interval":"month"}},
              {"id":"book","name":"Book","price_cents":2000,"currency":"usd"}
            ]}
            """);
        builder.UseSetting("CHECKOUT_CATALOG", _catalog);
        builder.UseSetting("CHECKOUT_AGENT_PARAMETERS", "allow_promotion_codes");
    }

    [Fact]
    public async Task Several_lines_are_one_session()
    {
        var checkout = await CallAsync("initiate_checkout", Lines(
            new { product_name = "Red mug", price_cents = 4999, quantity = 2, caller_ref = "sku-7" },
            new { product_name = "Blue mug", price_cents = 3000, caller_ref = "sku-8" },
            new { price_id = "price_1Abc", quantity = 1 }));

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("4999", form["line_items[0][price_data][unit_amount]"]);
        Assert.Equal("2", form["line_items[0][quantity]"]);
        Assert.Equal("Blue mug", form["line_items[1][price_data][product_data][name]"]);
        Assert.Equal("1", form["line_items[1][quantity]"]);
        Assert.Equal("price_1Abc", form["line_items[2][price]"]);
        Assert.DoesNotContain("metadata[product_id]", form.Keys);
        Assert.Equal((2 * 4999) + 3000 + 1500, checkout.GetProperty("amount_total").GetInt64());

        var looked = await CallAsync("get_checkout", new() { ["session_id"] = checkout.GetProperty("session_id").GetString() });
        Assert.Equal("Red mug and 2 more", looked.GetProperty("product_name").GetString());
        using var expected = JsonDocument.Parse(
            """
            [{"product_name":"Red mug","quantity":2,"price_cents":4999,"caller_ref":"sku-7"},{"product_name":"Blue mug","quantity":1,"price_cents":3000,"caller_ref":"sku-8"},{"product_name":"Name of the price's product","quantity":1,"price_cents":1500,"price_id":"price_1Abc"}]
            """);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, looked.GetProperty("line_items")), looked.GetProperty("line_items").GetRawText());
    }

    [Fact]
    public async Task A_hundred_lines_are_sold()
    {
        var checkout = await CallAsync(
            "initiate_checkout", Lines([.. Enumerable.Range(0, 100).Select(number => new { product_name = $"Item {number}", price_cents = 100 })]));

        Assert.Equal(10_000, checkout.GetProperty("amount_total").GetInt64());
    }

    [Fact]
    public async Task A_product_of_the_catalog_is_sold_at_its_own_price()
    {
        await CallAsync("initiate_checkout", new() { ["product_id"] = "mug", ["quantity"] = 2 });

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("4999", form["line_items[0][price_data][unit_amount]"]);
        Assert.Equal("eur", form["line_items[0][price_data][currency]"]);
        Assert.Equal("Red mug", form["line_items[0][price_data][product_data][name]"]);
        Assert.Equal("0.3 l", form["line_items[0][price_data][product_data][description]"]);
        Assert.Equal("https://shop.example/mug.png", form["line_items[0][price_data][product_data][images][0]"]);
        Assert.Equal("mug", form["metadata[product_id]"]);
        Assert.Equal("payment", form["mode"]);
    }

    [Fact]
    public async Task A_recurring_product_of_the_catalog_is_sold_as_a_subscription()
    {
        await CallAsync("initiate_checkout", Lines(new { product_id = "tea" }, new { product_id = "mug" }));

        var form = Assert.Single(Stripe.Creates).Form;
        Assert.Equal("subscription", form["mode"]);
        Assert.Equal("month", form["line_items[0][price_data][recurring][interval]"]);
        Assert.DoesNotContain("line_items[1][price_data][recurring][interval]", form.Keys);
    }

    [Fact]
    public async Task An_inline_price_next_to_a_catalog_product_is_in_the_products_currency()
    {
        await CallAsync("initiate_checkout", Lines(new { product_name = "Gift wrap", price_cents = 300 }, new { product_id = "mug" }));

        Assert.Equal("eur", Assert.Single(Stripe.Creates).Form["line_items[0][price_data][currency]"]);
    }

    [Fact]
    public async Task Promotion_codes_are_allowed_when_an_agent_that_may_asks_for_them()
    {
        await SellAsync(("allow_promotion_codes", true));
        await SellAsync(("allow_promotion_codes", false));

        Assert.Equal("true", Stripe.Creates[0].Form["allow_promotion_codes"]);
        Assert.DoesNotContain("allow_promotion_codes", Stripe.Creates[1].Form.Keys);
    }

    [Fact]
    public async Task An_empty_list_of_lines_counts_as_absent()
    {
        await SellAsync(("line_items", Array.Empty<object>()));

        Assert.Equal("Red mug", Assert.Single(Stripe.Creates).Form["line_items[0][price_data][product_data][name]"]);
    }

    public static TheoryData<object[], string, string> Wrong() => new()
    {
        { [new { product_name = "Red mug", price_cents = 4999 }, new { product_name = "Blue mug", price_cents = 49.99 }], "line_items[1].price_cents", "invalid_request" },
        { [new { product_name = "Red mug", price_cents = 4999, quantity = 0 }], "line_items[0].quantity", "invalid_request" },
        { [new { product_name = "Red mug", price_cents = 4999, color = "red" }], "line_items[0].color", "invalid_request" },
        { [new { product_name = "Red mug" }], "line_items[0].price_cents", "invalid_request" },
        { [new { price_cents = 4999 }], "line_items[0].product_name", "invalid_request" },
        { [new { quantity = 2 }], "line_items[0].product_name", "invalid_request" },
        { [new { price_id = "price_1", price_cents = 1 }], "line_items[0].price_cents", "invalid_request" },
        { [new { price_id = "price_1", product_name = "x" }], "line_items[0].product_name", "invalid_request" },
        { [new { price_id = "prod_1" }], "line_items[0].price_id", "invalid_request" },
        { [new { product_name = "Red mug", price_cents = 4999, product_id = "mug" }], "line_items[0].product_id", "invalid_request" },
        { [new { price_cents = 1, product_id = "mug" }], "line_items[0].product_id", "invalid_request" },
        { [new { price_id = "price_1", product_id = "mug" }], "line_items[0].product_id", "invalid_request" },
        { [new { product_id = "mug,book" }], "line_items[0].product_id", "not_found" },
        { [new { product_id = "mug" }, "mug"], "line_items[1]", "invalid_request" },
        { [new { product_id = "nothing" }], "line_items[0].product_id", "not_found" },
        { [new { product_id = "mug", quantity = 4 }], "line_items[0].quantity", "quantity_not_allowed" },
        { [new { product_id = "mug", quantity = 2 }, new { product_id = "mug", quantity = 2 }], "line_items[1].quantity", "quantity_not_allowed" },
        { [new { product_id = "mug" }, new { product_id = "book" }], "line_items[1].product_id", "invalid_request" },
        { [new { product_name = "two\nlines", price_cents = 4999 }], "line_items[0].product_name", "text_not_allowed" },
        { [new { product_name = "A", price_cents = 20 }, new { product_name = "B", price_cents = 20 }], "line_items", "amount_too_small" },
        { [new { product_name = "A", price_cents = 99_999_999 }, new { product_name = "B", price_cents = 99_999_999, quantity = 999_999 }], "line_items", "amount_too_large" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_line_is_named_by_its_place(object[] lines, string param, string code)
    {
        var error = await CallForErrorAsync("initiate_checkout", Lines(lines));

        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Empty(Stripe.Calls);
    }

    [Theory]
    [InlineData("product_name", "Red mug")]
    [InlineData("price_cents", 4999)]
    [InlineData("price_id", "price_1")]
    [InlineData("product_id", "mug")]
    [InlineData("quantity", 2)]
    [InlineData("caller_ref", "sku-7")]
    public async Task Line_items_cannot_be_combined_with_a_line_at_the_top_level(string name, object value)
    {
        var arguments = Lines(new { product_id = "mug" });
        arguments[name] = value;

        var error = await CallForErrorAsync("initiate_checkout", arguments);

        Assert.Equal(name, error.GetProperty("param").GetString());
        Assert.StartsWith($"{name} must be omitted when line_items is given", error.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tea", "payment")]
    [InlineData("mug", "subscription")]
    public async Task A_mode_that_does_not_fit_the_products_is_rejected(string product, string mode)
    {
        var arguments = Lines(new { product_id = product });
        arguments["mode"] = mode;

        Assert.Equal("mode", (await CallForErrorAsync("initiate_checkout", arguments)).GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_line_that_Stripe_rejects_is_named_by_its_index()
    {
        Stripe.NextError(400, "invalid_request_error", "resource_missing", "line_items[1][price]");

        var error = await CallForErrorAsync("initiate_checkout", Lines(new { price_id = "price_1Abc" }, new { price_id = "price_1Abc" }));

        Assert.Equal("line_items[1].price_id", error.GetProperty("param").GetString());
        Assert.Equal("not_found", error.GetProperty("code").GetString());
    }

    private static Dictionary<string, object?> Lines(params object[] lines) => new() { ["line_items"] = lines };
}
