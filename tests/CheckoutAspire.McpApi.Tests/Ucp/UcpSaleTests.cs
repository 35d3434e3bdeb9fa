using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>A sale by the Universal Commerce Protocol, from the first call to the order.</summary>
public sealed class UcpSaleTests(RedisFixture redis) : UcpTest(redis)
{
    [Fact]
    public async Task A_checkout_is_handed_to_the_buyer_and_completed_by_the_payment_alone()
    {
        var created = await CreateAsync(("mug-red", 2), ("tea", 1));
        var id = Id(created);

        Assert.Equal("ready_for_complete", Status(created));
        Assert.Equal("USD", created.GetProperty("currency").GetString());
        Assert.Equal((10698L, 10698L), (Total(created, "subtotal"), Total(created)));
        Assert.Equal(
            ["li_1 mug-red Red mug 4999 x2 = 9998", "li_2 tea Tea 700 x1 = 700"],
            created.GetProperty("line_items").EnumerateArray().Select(line => string.Join(' ', [
                line.GetProperty("id"), line.GetProperty("item").GetProperty("id"), line.GetProperty("item").GetProperty("title"),
                line.GetProperty("item").GetProperty("price"), $"x{line.GetProperty("quantity")}", "=", Total(line)])));
        Assert.False(created.TryGetProperty("continue_url", out _));

        var escalated = await CompleteAsync(id);
        var session = await SessionAsync();

        Assert.Equal("requires_escalation", Status(escalated));
        Assert.Equal(["error/payment_required/requires_buyer_input $.payment"], Messages(escalated));
        Assert.StartsWith("https://shop.example/pay/", escalated.GetProperty("continue_url").GetString(), StringComparison.Ordinal);
        Assert.Equal(session.ExpiresAt, escalated.GetProperty("expires_at").GetDateTimeOffset().UtcDateTime);
        Assert.Equal(10698, session.AmountTotal);
        Assert.Equal("mcp_server", session.Metadata["source"]);
        Assert.False(escalated.TryGetProperty("order", out _));

        await PayAsync(session.Url);
        Assert.Equal("requires_escalation", Status(await GetAsync(id)));
        await Factory.ApplyAsync(session.Id, PaymentStatusChange.Paid);
        var completed = await GetAsync(id);

        Assert.Equal("completed", Status(completed));
        Assert.False(completed.TryGetProperty("continue_url", out _));
        Assert.Empty(Messages(completed));
        var order = completed.GetProperty("order");
        Assert.Equal(session.Metadata["order_ref"], order.GetProperty("id").GetString());
        Assert.Equal($"https://shop.example/checkout/success?session_id={session.Id}", order.GetProperty("permalink_url").GetString());
        Assert.Equal(10698, Total(completed));
    }

    [Fact]
    public async Task The_platforms_data_about_the_buyer_is_stored_and_prefilled()
    {
        var checkout = Lines(("tea", 1));
        checkout["buyer"] = new JsonObject { ["email"] = "ada@example.com", ["first_name"] = "Ada", ["loyalty"] = "gold" };
        var created = await CallAsync("create_checkout", new JsonObject { ["meta"] = Meta(), ["checkout"] = checkout });

        await CompleteAsync(Id(created));

        Assert.Equal("""{"first_name":"Ada","email":"ada@example.com"}""", created.GetProperty("buyer").GetRawText());
        Assert.Equal("ada@example.com", (await SessionAsync()).CustomerEmail);
    }

    [Fact]
    public async Task The_buyer_s_data_is_kept_for_two_days_at_most_and_the_sold_checkout_for_longer()
    {
        var checkout = Lines(("tea", 1));
        checkout["buyer"] = new JsonObject { ["email"] = "ada@example.com" };
        var id = Id(await CallAsync("create_checkout", new JsonObject { ["meta"] = Meta(), ["checkout"] = checkout }));
        await CompleteAsync(id);

        var keys = (await KeysOfAsync(id)).ToDictionary(key => key.ToString().Split(':')[2]);
        Assert.Equal("ada@example.com", (await GetAsync(id)).GetProperty("buyer").GetProperty("email").GetString());
        Assert.DoesNotContain("ada", (await Redis.Database.HashGetAsync(keys["draft"], "draft")).ToString(), StringComparison.Ordinal);
        Assert.InRange((await Redis.Database.KeyTimeToLiveAsync(keys["buyer"]))!.Value, TimeSpan.Zero, TimeSpan.FromHours(48));
        Assert.InRange((await Redis.Database.KeyTimeToLiveAsync(keys["draft"]))!.Value, TimeSpan.FromDays(89), TimeSpan.FromDays(90));

        await Redis.Database.KeyDeleteAsync(keys["buyer"]);

        Assert.False((await GetAsync(id)).TryGetProperty("buyer", out _));
    }

    [Fact]
    public async Task A_draft_of_an_earlier_version_has_its_buyer()
    {
        var id = Id(await CreateAsync(("tea", 1)));
        var key = Assert.Single(await KeysOfAsync(id));
        var draft = JsonNode.Parse((await Redis.Database.HashGetAsync(key, "draft")).ToString())!;
        draft["buyer"] = new JsonObject { ["email"] = "ada@example.com" };
        await Redis.Database.HashSetAsync(key, "draft", draft.ToJsonString());

        await CompleteAsync(id);

        Assert.Equal("ada@example.com", (await SessionAsync()).CustomerEmail);
    }

    [Fact]
    public async Task The_seller_s_price_is_charged_whatever_the_platform_sends()
    {
        var checkout = Lines(("mug-red", 1));
        checkout["line_items"]![0]!["item"]!["price"] = 1;
        checkout["line_items"]![0]!["item"]!["title"] = "Free mug";
        checkout["totals"] = new JsonArray(new JsonObject { ["type"] = "total", ["amount"] = 1 });
        checkout["currency"] = "JPY";
        var created = await CallAsync("create_checkout", new JsonObject { ["meta"] = Meta(), ["checkout"] = checkout });

        await CompleteAsync(Id(created));

        Assert.Equal((4999L, "USD"), (Total(created), created.GetProperty("currency").GetString()));
        Assert.Equal((4999L, "usd"), ((await SessionAsync()).AmountTotal, (await SessionAsync()).Currency));
    }

    [Theory]
    [InlineData("mug-red", 11, "incomplete", "error/quantity_exceeded/recoverable $.line_items[0].quantity")]
    [InlineData("pin", 1, "incomplete", "error/amount_too_small/recoverable $.totals")]
    [InlineData("gold", 2, "incomplete", "error/amount_too_large/recoverable $.totals")]
    public async Task A_checkout_that_cannot_be_sold_is_incomplete_until_it_is_corrected(string item, long quantity, string status, string message)
    {
        var created = await CreateAsync((item, quantity));
        var completed = await CompleteAsync(Id(created));
        var corrected = await UpdateAsync(Id(created), ("tea", 1));

        Assert.Equal(status, Status(created));
        Assert.Equal([message], Messages(created));
        Assert.Equal(status, Status(completed));
        Assert.Empty(await SessionsAsync());
        Assert.Equal("ready_for_complete", Status(corrected));
        Assert.Empty(Messages(corrected));
    }

    [Fact]
    public async Task A_product_s_limit_is_the_checkout_s_however_many_lines_it_is_split_into()
    {
        var created = await CreateAsync(("mug-red", 6), ("mug-red", 5));

        Assert.Equal("incomplete", Status(created));
        Assert.Equal(
            ["error/quantity_exceeded/recoverable $.line_items[0].quantity", "error/quantity_exceeded/recoverable $.line_items[1].quantity"],
            Messages(created));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("tea-monthly")]
    [InlineData("mug-euro")]
    public async Task A_line_that_is_not_sold_is_left_out_and_named(string item)
    {
        var created = await CreateAsync(("mug-red", 1), (item, 1));

        Assert.Equal("incomplete", Status(created));
        Assert.Equal(["error/item_unavailable/recoverable $.line_items"], Messages(created));
        Assert.Equal("li_1", Assert.Single(created.GetProperty("line_items").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Without_a_line_that_can_be_sold_no_checkout_is_created()
    {
        var answer = await CreateAsync(("nowhere", 1), ("tea-monthly", 1));

        Assert.Equal("error", answer.GetProperty("ucp").GetProperty("status").GetString());
        Assert.Equal(2, Messages(answer).Count(message => message == "error/item_unavailable/unrecoverable $.line_items"));
        Assert.False(answer.TryGetProperty("id", out _));
    }

    [Fact]
    public async Task An_update_replaces_the_lines_and_keeps_their_names()
    {
        var created = await CreateAsync(("mug-red", 2));
        var lines = Lines(("tea", 3), ("mug-red", 1));
        lines["line_items"]![1]!["id"] = "li_1";

        var updated = await CallAsync(
            "update_checkout", new JsonObject { ["meta"] = Meta(), ["id"] = Id(created), ["checkout"] = lines });

        Assert.Equal(["li_1", "li_2"], updated.GetProperty("line_items").EnumerateArray().Select(Id).Order(StringComparer.Ordinal));
        Assert.Equal(7099, Total(updated));
        Assert.Equal(Id(created), Id(updated));
        Assert.Equal(7099, Total(await GetAsync(Id(created))));
    }

    [Fact]
    public async Task An_update_without_a_product_that_is_sold_changes_nothing()
    {
        var created = await CreateAsync(("mug-red", 2));

        var updated = await UpdateAsync(Id(created), ("nowhere", 1));

        Assert.Equal(["error/item_unavailable/recoverable $.line_items"], Messages(updated));
        Assert.Equal(9998, Total(updated));
        Assert.Equal("ready_for_complete", Status(await GetAsync(Id(created))));
    }

    [Fact]
    public async Task The_page_of_a_canceled_checkout_accepts_no_payment()
    {
        var id = Id(await CreateAsync(("mug-red", 1)));
        await CompleteAsync(id);

        var canceled = await CancelAsync(id);

        Assert.Equal("canceled", Status(canceled));
        Assert.False(canceled.TryGetProperty("continue_url", out _));
        Assert.Equal("expired", (await SessionAsync()).Status);
    }

    [Fact]
    public async Task A_buyer_who_was_faster_keeps_what_was_bought()
    {
        var id = Id(await CreateAsync(("mug-red", 1)));
        await CompleteAsync(id);
        await PayAsync((await SessionAsync()).Url);

        // The event has not arrived, so only Stripe knows that the buyer has completed the page.
        var refused = await CancelAsync(id);
        await Factory.ApplyAsync((await SessionAsync()).Id, PaymentStatusChange.Paid);

        Assert.Equal(["error/not_allowed/unrecoverable"], Messages(refused));
        Assert.Equal("completed", Status(await GetAsync(id)));
    }

    [Fact]
    public async Task A_price_that_has_changed_is_shown_before_it_is_sold()
    {
        var id = Id(await CreateAsync(("mug-red", 2)));
        await StoreAsync(id, draft => draft with { Lines = [draft.Lines[0] with { UnitAmount = 3999 }] });

        var changed = await CompleteAsync(id);
        var sold = await CompleteAsync(id);

        Assert.Equal(("ready_for_complete", 9998L), (Status(changed), Total(changed)));
        Assert.Equal(["warning/price_changed/ $.line_items"], Messages(changed));
        Assert.Equal("requires_escalation", Status(sold));
        Assert.Equal(9998, (await SessionAsync()).AmountTotal);
    }

    [Fact]
    public async Task A_product_that_is_no_longer_sold_cannot_be_completed()
    {
        var id = Id(await CreateAsync(("mug-red", 2)));
        await StoreAsync(id, draft => draft with { Lines = [draft.Lines[0] with { ItemId = "mug-blue" }] });

        var changed = await CompleteAsync(id);

        Assert.Equal("incomplete", Status(changed));
        Assert.Contains("error/item_unavailable/recoverable $.line_items", Messages(changed));
        Assert.Equal("incomplete", Status(await CompleteAsync(id)));
        Assert.Empty(await SessionsAsync());
    }

    private async Task<IReadOnlyList<RedisKey>> KeysOfAsync(string id)
    {
        var keys = new List<RedisKey>();
        await foreach (var key in Redis.Connection.GetServers()[0].KeysAsync(pattern: $"co:ucp:*{id}*").WithCancellation(Cancellation))
        {
            keys.Add(key);
        }

        return keys;
    }
}
