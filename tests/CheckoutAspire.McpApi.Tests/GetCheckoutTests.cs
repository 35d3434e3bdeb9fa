using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class GetCheckoutTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task A_payment_in_another_currency_is_reported_without_the_prices_of_the_sale()
    {
        var sold = await SellAsync(("quantity", 2));
        var id = sold.GetProperty("session_id").GetString()!;
        Stripe.Change(id, session => (session["currency"], session["amount_subtotal"], session["amount_total"]) = ("eur", 9100, 9100));
        var open = await CallAsync("get_checkout", new() { ["session_id"] = id });
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, amount: 9100, currency: "eur");

        var paid = await CallAsync("wait_for_payment", new() { ["session_id"] = id });
        var listed = (await CallAsync("list_checkouts", [])).GetProperty("checkouts")[0];

        Assert.All([open, paid, listed], checkout => Assert.Equal(
            ("eur", 9100), (checkout.GetProperty("currency").GetString(), checkout.GetProperty("amount_total").GetInt64())));
        Assert.All([open, paid], checkout => Assert.False(checkout.GetProperty("line_items")[0].TryGetProperty("price_cents", out _)));
    }

    [Fact]
    public async Task An_open_checkout_waits_for_its_buyer()
    {
        var sold = await SellAsync(("quantity", 2), ("caller_ref", "sku-7"));

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = sold.GetProperty("session_id").GetString() });

        Assert.Equal("open", checkout.GetProperty("status").GetString());
        Assert.Equal("unpaid", checkout.GetProperty("payment_status").GetString());
        Assert.Equal("stripe", checkout.GetProperty("status_source").GetString());
        Assert.Equal("created", checkout.GetProperty("order_state").GetString());
        Assert.Equal(9998, checkout.GetProperty("amount_subtotal").GetInt64());
        Assert.Equal(9998, checkout.GetProperty("amount_total").GetInt64());
        Assert.Equal("Red mug", checkout.GetProperty("product_name").GetString());
        Assert.False(checkout.TryGetProperty("product_id", out _));
        Assert.Equal(["product_name", "line_items[0].product_name", "line_items[0].caller_ref"], checkout.GetProperty("caller_text").EnumerateArray().Select(member => member.GetString()));
        Assert.Equal(
            """[{"product_name":"Red mug","quantity":2,"price_cents":4999,"caller_ref":"sku-7"}]""", checkout.GetProperty("line_items").GetRawText());
        Assert.Equal(sold.GetProperty("checkout_url").GetString(), checkout.GetProperty("checkout_url").GetString());
        Assert.Equal(sold.GetProperty("order_ref").GetString(), checkout.GetProperty("order_ref").GetString());
        Assert.Equal("created", Assert.Single(checkout.GetProperty("timeline").EnumerateArray()).GetProperty("what").GetString());
        Assert.Equal(0, checkout.GetProperty("fulfillment").GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("needs_review", "sale amount_subtotal 4999 was sold, 1 was paid", "amount_subtotal 4999 was sold, 1 was paid", "The payment differs from what was sold. The seller reviews the order before it is delivered.")]
    [InlineData("needs_review", "origin x\nrefunds refunded before it was fulfilled", "refunded before it was fulfilled", "The payment was refunded before the order was delivered. The seller reviews the order.")]
    [InlineData("needs_review", "du_1 disputed before it was fulfilled", "disputed before it was fulfilled", "The payment was disputed before the order was delivered. The seller reviews the order.")]
    [InlineData("needs_review", "handlers claimed with LicenseKeys, which this worker does not run", "claimed with LicenseKeys", "The seller reviews the order before it is delivered.")]
    [InlineData("needs_review", "", "Ada says no", "The seller reviews the order before it is delivered.")]
    [InlineData("rejected", "", "Ada says no", "The seller has reviewed the order and does not deliver it.")]
    [InlineData("claimed", "", "The handler MerchantWebhook failed (HttpRequestException).", "The order is paid. Its delivery is delayed and will be tried again.")]
    [InlineData("failed", "", "", "The buyer's bank did not pay.")]
    public async Task A_reason_is_one_of_the_sellers_sentences_and_never_the_ledgers_own_words(string state, string causes, string reason, string shown)
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        await Redis.Database.HashSetAsync(
            Factory.Services.GetRequiredService<LedgerPartitions>().Of(id).Order(id),
            [new("state", state), new("payment", state == "failed" ? "failed" : "paid"), new("causes", causes), new("reason", reason)]);

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });
        var resource = await Client.ReadResourceAsync("checkout://sessions/" + id, cancellationToken: Cancellation);

        Assert.Equal(shown, checkout.GetProperty("reason").GetString());
        Assert.True(reason.Length == 0 || !checkout.GetRawText().Contains(reason, StringComparison.Ordinal));
        Assert.True(reason.Length == 0 || !Assert.IsType<TextResourceContents>(Assert.Single(resource.Contents)).Text.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_of_an_earlier_ledger_is_shown_without_what_cannot_be_seen()
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        await Redis.Database.HashSetAsync(
            Factory.Services.GetRequiredService<LedgerPartitions>().Of(id).Order(id),
            [
                new("product_name", "Mug\u200B\u202E"), new("client_reference_id", "cart\n7\u3164"), new("buyer_ref", "ada\U000E0041"),
                new("line_items", """[{"name":"Mug\u200B","quantity":1,"unit_amount":4999,"product_id":"sku-7"}]"""),
            ]);

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });
        var listed = (await CallAsync("list_checkouts", [])).GetProperty("checkouts")[0];

        Assert.All([checkout, listed], found => Assert.Equal(
            ("Mug", "cart 7", "ada"),
            (found.GetProperty("product_name").GetString(), found.GetProperty("client_reference_id").GetString(), found.GetProperty("buyer_ref").GetString())));
        var line = checkout.GetProperty("line_items")[0];
        Assert.Equal(("Mug", "sku-7"), (line.GetProperty("product_name").GetString(), line.GetProperty("product_id").GetString()));
    }

    [Fact]
    public async Task A_timeline_has_no_text_of_operators_and_handlers()
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        await Redis.Database.HashSetAsync(
            Factory.Services.GetRequiredService<LedgerPartitions>().Of(id).Order(id),
            "timeline",
            """
            1763884800123 created
            1763884800124 postponed attempt 1: Processing failed (HttpRequestException).
            1763884800125 approved Ann: the customer is my cousin
            1763884800126 refunded 500 of 4999 usd

            """);

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });

        Assert.Equal(
            ["created", "postponed", "approved", "refunded 500 of 4999 usd"],
            checkout.GetProperty("timeline").EnumerateArray().Select(step =>
                step.GetProperty("what").GetString() + (step.TryGetProperty("detail", out var detail) ? " " + detail.GetString() : "")));
    }

    [Fact]
    public async Task A_fulfilled_checkout_is_read_from_the_ledger_only()
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        var asked = Stripe.Calls.Count;

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });

        Assert.Equal("complete", checkout.GetProperty("status").GetString());
        Assert.Equal("paid", checkout.GetProperty("payment_status").GetString());
        Assert.Equal("ledger", checkout.GetProperty("status_source").GetString());
        Assert.Equal("fulfilled", checkout.GetProperty("order_state").GetString());
        Assert.Equal("fulfill/" + id, checkout.GetProperty("fulfillment").GetProperty("key").GetString());
        Assert.Equal(1, checkout.GetProperty("fulfillment").GetProperty("count").GetInt32());
        Assert.True(checkout.GetProperty("fulfillment").TryGetProperty("fulfilled_at", out _));
        Assert.False(checkout.TryGetProperty("checkout_url", out _));
        Assert.Equal(asked, Stripe.Calls.Count);
    }

    [Theory]
    [InlineData(PaymentStatusChange.Expired, "expired", "expired")]
    [InlineData(PaymentStatusChange.Failed, "failed", "complete")]
    public async Task A_settled_checkout_is_read_from_the_ledger_only(PaymentStatusChange fact, string state, string status)
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        await Factory.ApplyAsync(id, fact);
        var asked = Stripe.Calls.Count;

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });

        Assert.Equal(state, checkout.GetProperty("order_state").GetString());
        Assert.Equal(status, checkout.GetProperty("status").GetString());
        Assert.Equal(asked, Stripe.Calls.Count);
    }

    [Fact]
    public async Task A_paid_session_at_Stripe_alone_does_not_change_the_order()
    {
        var id = (await SellAsync()).GetProperty("session_id").GetString()!;
        Stripe.Change(id, session => (session["status"], session["payment_status"], session["url"]) = ("complete", "paid", null));

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });

        Assert.Equal("paid", checkout.GetProperty("payment_status").GetString());
        Assert.Equal("created", checkout.GetProperty("order_state").GetString());
        Assert.False(checkout.TryGetProperty("checkout_url", out _));
        Assert.Equal(OrderState.Created, (await Ledger.FindAsync(id))!.State);
    }

    [Fact]
    public async Task While_Stripe_is_unreachable_the_ledgers_state_is_returned()
    {
        var sold = await SellAsync();
        Stripe.NextError(401, "invalid_request_error");

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = sold.GetProperty("session_id").GetString() });

        Assert.Equal("ledger", checkout.GetProperty("status_source").GetString());
        Assert.Equal("open", checkout.GetProperty("status").GetString());
        Assert.Equal(sold.GetProperty("checkout_url").GetString(), checkout.GetProperty("checkout_url").GetString());
    }

    [Fact]
    public async Task A_session_of_ours_that_a_crash_kept_out_of_the_ledger_is_found_at_Stripe()
    {
        var id = Stripe.Add(Session("cs_test_lost" + Guid.NewGuid().ToString("N"), source: "mcp_server", Factory.Deployment));

        var checkout = await CallAsync("get_checkout", new() { ["session_id"] = id });

        Assert.Equal("unrecorded", checkout.GetProperty("order_state").GetString());
        Assert.Equal("ord_lost", checkout.GetProperty("order_ref").GetString());
        Assert.Null(await Ledger.FindAsync(id));
    }

    [Theory]
    [InlineData("mcp_server", "somebody-else")]
    [InlineData("another_integration", null)]
    public async Task A_session_of_another_installation_is_reported_as_not_found(string source, string? deployment)
    {
        var foreign = Stripe.Add(Session("cs_test_foreign" + Guid.NewGuid().ToString("N"), source, deployment ?? Factory.Deployment));

        var known = await CallForErrorAsync("get_checkout", new() { ["session_id"] = foreign });
        var unknown = await CallForErrorAsync("get_checkout", new() { ["session_id"] = "cs_test_nothing" });

        Assert.Equal("not_found", known.GetProperty("code").GetString());
        Assert.Equal(unknown.GetRawText(), known.GetRawText());
    }

    [Fact]
    public async Task An_unknown_session_is_an_error_while_Stripe_is_unreachable()
    {
        Stripe.NextError(429, "invalid_request_error", "rate_limit");

        var error = await CallForErrorAsync("get_checkout", new() { ["session_id"] = "cs_test_nothing" });

        Assert.Equal("rate_limited", error.GetProperty("code").GetString());
    }

    private JsonObject Session(string id, string source, string deployment)
    {
        var session = Stripe.Session(new Dictionary<string, string>
        {
            ["mode"] = "payment",
            ["expires_at"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["metadata[source]"] = source,
            ["metadata[deployment]"] = deployment,
            ["metadata[order_ref]"] = "ord_lost",
        });
        session["id"] = id;
        return session;
    }
}
