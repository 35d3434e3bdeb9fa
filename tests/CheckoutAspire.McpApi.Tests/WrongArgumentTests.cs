using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

public sealed class WrongArgumentTests(RedisFixture redis) : McpApiTest(redis)
{
    private static readonly string s_longName = new('x', 5001);

    public static TheoryData<string, object?, string> Wrong() => new()
    {
        { "price_cents", 0, "invalid_request" },
        { "price_cents", 49.99, "invalid_request" },
        { "price_cents", 25.5e0, "invalid_request" },
        { "price_cents", "4999", "invalid_request" },
        { "price_cents", -1, "invalid_request" },
        { "price_cents", 100_000_000, "invalid_request" },
        { "price_cents", 49, "amount_too_small" },
        { "price_cents", null, "invalid_request" },
        { "quantity", -1, "invalid_request" },
        { "quantity", 0, "invalid_request" },
        { "quantity", 1.5, "invalid_request" },
        { "quantity", true, "invalid_request" },
        { "product_name", null, "invalid_request" },
        { "product_name", "", "invalid_request" },
        { "product_name", s_longName, "invalid_request" },
        { "product_name", "two\nlines", "text_not_allowed" },
        { "product_name", 7, "invalid_request" },
        { "success_url", "javascript:alert(1)", "invalid_request" },
        { "cancel_url", "javascript:alert(1)", "invalid_request" },
        { "success_url", "data:text/html,x", "invalid_request" },
        { "success_url", "/relative", "invalid_request" },
        { "success_url", "https://shop.example@evil.example/", "invalid_request" },
        { "success_url", @"https://shop.example\@evil.example/", "invalid_request" },
        { "success_url", "https://shop.example\t.evil.example/", "text_not_allowed" },
        { "success_url", "https://evil.example/", "origin_not_allowed" },
        { "success_url", "https://shop.example.evil.example/", "origin_not_allowed" },
        { "success_url", "http://shop.example/", "origin_not_allowed" },
        { "cancel_url", "https://shop.example:8443/", "origin_not_allowed" },
        { "currency", "xyz", "currency_not_supported" },
        { "currency", "dollars", "invalid_request" },
        { "currency", "usd\n", "invalid_request" },
        { "price_id", "prod_1", "invalid_request" },
        { "mode", "setup", "invalid_request" },
        { "mode", "Payment", "invalid_request" },
        { "customer_email", "nobody", "invalid_request" },
        { "replaces", "cs_1", "invalid_request" },
        { "replaces", "in_1abc", "invalid_request" },
        { "replaces", 7, "invalid_request" },
        { "customer_email", $"a@{new string('x', 190)}", "invalid_request" },
        { "expires_in_minutes", 30, "invalid_request" },
        { "expires_in_minutes", 1440, "invalid_request" },
        { "client_reference_id", new string('x', 201), "invalid_request" },
        { "idempotency_key", new string('x', 256), "invalid_request" },
        { "metadata", "color=red", "invalid_request" },
        { "metadata", new Dictionary<string, string> { ["color"] = "red" }, "invalid_request" },
        { "metadata", Enumerable.Range(0, 44).Select(number => new { key = $"k{number}", value = "v" }).ToArray(), "invalid_request" },
        { "price", 49.99, "invalid_request" },
        { "allow_promotion_codes", "yes", "invalid_request" },
        { "line_items", "Red mug", "invalid_request" },
        { "line_items", Enumerable.Repeat(new { product_id = "mug" }, 101).ToArray(), "invalid_request" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_argument_is_named_and_nothing_is_sent_to_Stripe(string param, object? value, string code)
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug((param, value)));

        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Contains(param, error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal("recoverable", error.GetProperty("severity").GetString());
        Assert.Empty(Stripe.Calls);
    }

    [Theory]
    [InlineData("source")]
    [InlineData("order_ref")]
    [InlineData("deployment")]
    [InlineData("traceparent")]
    [InlineData("product_id")]
    [InlineData("owner")]
    [InlineData("fulfilled_at")]
    public async Task Metadata_of_our_own_cannot_be_set_by_a_caller(string name)
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("metadata", new[] { new { key = name, value = "forged" } })));

        Assert.Equal("metadata", error.GetProperty("param").GetString());
        Assert.Contains($" {name},", error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(Stripe.Calls);
    }

    public static TheoryData<object, string> WrongMetadata() => new()
    {
        { new { key = new string('k', 41), value = "v" }, "metadata[1].key" },
        { new { key = "a[b]", value = "v" }, "metadata[1].key" },
        { new { key = "", value = "v" }, "metadata[1].key" },
        { new { value = "v" }, "metadata[1].key" },
        { new { key = "note", value = new string('x', 501) }, "metadata[1].value" },
        { new { key = "note", value = 7 }, "metadata[1].value" },
        { new { key = "note" }, "metadata[1].value" },
        { new { key = "note", value = (string?)null }, "metadata[1].value" },
        { new { key = "note", value = "v", other = "x" }, "metadata[1].other" },
        { new { key = "color", value = "blue" }, "metadata[1].key" },
        { "color=red", "metadata[1]" },
    };

    [Theory]
    [MemberData(nameof(WrongMetadata))]
    public async Task A_wrong_pair_of_metadata_is_named(object pair, string param)
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("metadata", new[] { new { key = "color", value = "red" }, pair })));

        Assert.Equal(("invalid_request", param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task The_error_for_a_price_in_dollars_shows_the_right_form()
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("price_cents", 49.99)));

        Assert.Equal(
            "price_cents must be a whole number of the currency's smallest unit from 1 to 99999999: pass 4999 for 49.99 USD.",
            error.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Setup_mode_is_rejected_with_the_reason()
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("mode", "setup")));

        Assert.Contains("saves a payment method and sells nothing", error.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("price_cents", "price_id")]
    [InlineData("product_name", "price_id")]
    public async Task A_price_id_cannot_be_combined_with_a_price_or_a_name(string name, string priceId)
    {
        var error = await CallForErrorAsync(
            "initiate_checkout",
            new() { [priceId] = "price_1", [name] = name == "price_cents" ? 4999 : "Red mug" });

        Assert.Equal(name, error.GetProperty("param").GetString());
        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task A_subscription_needs_a_price_id()
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("mode", "subscription")));

        Assert.Equal("price_id", error.GetProperty("param").GetString());
        Assert.Empty(Stripe.Calls);
    }

    [Theory]
    [InlineData("kwd", 1234, "invalid_request")]
    [InlineData("isk", 550, "invalid_request")]
    [InlineData("ugx", 1050, "invalid_request")]
    [InlineData("jpy", 49, "amount_too_small")]
    [InlineData("gbp", 29, "amount_too_small")]
    [InlineData("hkd", 399, "amount_too_small")]
    public async Task A_currencys_rules_are_checked_before_Stripe_is_called(string currency, int price, string code)
    {
        var error = await CallForErrorAsync("initiate_checkout", Mug(("currency", currency), ("price_cents", price)));

        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal("price_cents", error.GetProperty("param").GetString());
        Assert.Empty(Stripe.Calls);
    }

    [Fact]
    public async Task The_minimum_counts_for_the_total_of_all_units()
    {
        await SellAsync(("price_cents", 25), ("quantity", 2));

        var error = await CallForErrorAsync("initiate_checkout", Mug(("price_cents", 99_999_999), ("quantity", 2)));
        Assert.Equal("amount_too_large", error.GetProperty("code").GetString());
        Assert.Single(Stripe.Calls);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("pi_123")]
    [InlineData("cs_test_a/../../customers")]
    [InlineData("cs_test_a\n")]
    public async Task A_malformed_session_id_is_rejected_without_a_call_to_Stripe(string? sessionId)
    {
        var error = await CallForErrorAsync("get_checkout", new() { ["session_id"] = sessionId });

        Assert.Equal("session_id", error.GetProperty("param").GetString());
        Assert.Equal("invalid_request", error.GetProperty("code").GetString());
        Assert.Empty(Stripe.Calls);
    }
}
