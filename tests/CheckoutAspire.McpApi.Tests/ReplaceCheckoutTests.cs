using System.Net;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>What a checkout that is changed or extended sells, and what both checkouts say afterwards.</summary>
public sealed class ReplaceCheckoutTests(ReplacementShop shop) : ReplacementTest(shop)
{
    [Fact]
    public async Task A_checkout_with_another_quantity_replaces_the_open_one_which_takes_no_payment_any_more()
    {
        var old = await SellAsync(("locale", "de"), ("customer_email", "ada@example.com"), ("metadata", new[] { new { key = "color", value = "red" } }));

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 3));

        Assert.Equal(("open", 3 * 4999, Id(old)), (Text(changed, "status"), changed.GetProperty("amount_total").GetInt32(), Text(changed, "replaces")));
        Assert.False(changed.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(Text(old, "order_ref"), Text(changed, "order_ref"));
        Assert.Equal("expired", (await SessionAsync(Id(old))).Status);
        var session = await SessionAsync(Id(changed));
        Assert.Equal(
            ("open", "de", "ada@example.com", "red", Reference),
            (session.Status, session.Locale, session.CustomerEmail, session.Metadata["color"], session.ClientReferenceId));

        // Both say it, before Stripe's event has arrived.
        var (was, now) = (await GetAsync(Id(old)), await GetAsync(Id(changed)));
        Assert.Equal(("expired", Id(changed)), (Text(was, "status"), Text(was, "replaced_by")));
        Assert.False(was.TryGetProperty("checkout_url", out _));
        Assert.Equal(Id(old), Text(now, "replaces"));
        Assert.Equal(("replaced", Id(changed)), (await OrderAsync(old)).Timeline.Select(step => (step.What, step.Detail)).Last());
        var listed = (await ToolAsync("list_checkouts", new() { ["limit"] = 100 })).GetProperty("checkouts").EnumerateArray().Single(one => Id(one) == Id(old));
        Assert.Equal(("expired", Id(changed)), (Text(listed, "status"), Text(listed, "replaced_by")));
    }

    [Fact]
    public async Task A_waiting_call_returns_when_its_checkout_is_replaced()
    {
        var old = await SellAsync();
        var waiting = ToolAsync("wait_for_payment", new() { ["session_id"] = Id(old), ["timeout_seconds"] = 60 });

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 2));

        var answer = await waiting;
        Assert.Equal(Id(changed), Text(answer, "replaced_by"));
        Assert.False(answer.TryGetProperty("still_waiting", out _));
    }

    [Fact]
    public async Task The_link_that_the_buyer_has_leads_to_the_newest_checkout()
    {
        var first = await SellAsync();
        var second = await CallAsync(("replaces", Id(first)), ("quantity", 2));
        var third = await CallAsync(("replaces", Id(second)), ("quantity", 3));

        using var response = await Shop.Buyer.GetAsync(new Uri(Shop.Factory.Address, new Uri(Text(first, "checkout_url")).AbsolutePath), Cancellation);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal((await SessionAsync(Id(third))).Url, response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task An_expired_checkout_is_extended_with_the_same_lines()
    {
        var old = await SellAsync(("product_name", null), ("price_cents", null), ("product_id", Shop.Mug), ("quantity", 2), ("caller_ref", "line-1"));
        await Sessions.ExpireAsync(Id(old), cancellationToken: Cancellation);
        await Shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Expired, currency: "eur");

        var extended = await CallAsync(("replaces", Id(old)), ("expires_in_minutes", 600));

        var line = Assert.Single((await GetAsync(Id(extended))).GetProperty("line_items").EnumerateArray());
        Assert.Equal((Shop.Mug, "line-1", 2), (Text(line, "product_id"), Text(line, "caller_ref"), line.GetProperty("quantity").GetInt32()));
        Assert.Equal("eur", Text(extended, "currency"));
        Assert.True(extended.GetProperty("expires_at").GetDateTimeOffset() > old.GetProperty("expires_at").GetDateTimeOffset().AddHours(5));
        Assert.Equal(Id(extended), (await OrderAsync(old)).ReplacedBy);
    }

    [Fact]
    public async Task Several_lines_are_replaced_as_a_whole_or_stay()
    {
        var old = await CallAsync(
            ("line_items", new object[] { new { product_name = "Cup", price_cents = 700, quantity = 2 }, new { product_name = "Tea", price_cents = 300 } }),
            ("client_reference_id", Reference), ("currency", "eur"));

        var error = await ErrorAsync(("replaces", Id(old)), ("quantity", 3));
        var same = await CallAsync(("replaces", Id(old)));
        var other = await CallAsync(("replaces", Id(same)), ("line_items", new object[] { new { product_name = "Tea", price_cents = 300, quantity = 4 } }));

        Assert.Equal("line_items", Text(error, "param"));
        Assert.Equal((1700, "eur"), (same.GetProperty("amount_total").GetInt32(), Text(same, "currency")));
        Assert.Equal((1200, "eur"), (other.GetProperty("amount_total").GetInt32(), Text(other, "currency")));
    }

    [Fact]
    public async Task A_checkout_of_another_caller_or_buyer_is_unknown()
    {
        await using var alice = await Shop.Factory.ConnectAsync(principal: "alice");
        var old = await SellAsync(("buyer_ref", "b-1"));
        var calls = new[]
        {
            await TryAsync(alice, ("replaces", Id(old)), ("quantity", 2)),
            await TryAsync(("replaces", Id(old)), ("quantity", 2), ("buyer_ref", "b-2")),
            await TryAsync(("replaces", "cs_test_neverheardof"), ("quantity", 2)),
        };

        Assert.All(calls, error => Assert.Equal(("not_found", "replaces"), (Text(error, "code"), Text(error, "param"))));
        Assert.Equal("open", (await SessionAsync(Id(old))).Status);

        var changed = await CallAsync(("replaces", Id(old)), ("quantity", 2));
        var listed = await ToolAsync("list_checkouts", new() { ["buyer_ref"] = "b-1" });
        Assert.Equal([Id(changed), Id(old)], listed.GetProperty("checkouts").EnumerateArray().Select(Id));
    }

    [Fact]
    public async Task The_units_of_the_old_checkout_are_free_for_the_one_that_replaces_it()
    {
        var product = ("product_id", (object?)Shop.Counted);
        var old = await SellAsync(("product_name", null), ("price_cents", null), product, ("quantity", 6));

        var tooMany = await ErrorAsync(("replaces", Id(old)), ("quantity", 11));
        Assert.Equal(("out_of_stock", "open"), (Text(tooMany, "code"), (await SessionAsync(Id(old))).Status));
        Assert.Contains("10 units", Text(tooMany, "error"), StringComparison.Ordinal);

        var all = await CallAsync(("replaces", Id(old)), ("quantity", 10));
        Assert.Equal(0, await LeftAsync());
        var fewer = await CallAsync(("replaces", Id(all)), ("quantity", 4));
        Assert.Equal(6, await LeftAsync());

        // The old one can be released again, by its event, without an effect.
        await Shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Expired, currency: "eur");
        await ToolAsync("cancel_checkout", new() { ["session_id"] = Id(fewer) });
        Assert.Equal(10, await LeftAsync());
    }
}
