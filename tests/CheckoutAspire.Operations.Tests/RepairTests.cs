using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

public sealed class RepairTests : OperationsTest
{
    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task A_redriven_order_waits_for_a_worker_instead_of_being_given_up()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var (id, entry, fence) = await ClaimAsync();
        await Ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence, attempt: 40, allowed: 40, TimeSpan.Zero, "The handler ship failed (HTTP 500).");
        Assert.Equal("Given up", OrderExplanation.Of((await Ledger.Orders.FindAsync(id))!, s_now).Title);
        Assert.Equal("given_up", await CodeAsync(client, $"ops/orders/{id}/retry"));
        var letter = (await GetAsync(client, "ops/dead"))["data"]![0]!;

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/dead/{letter["partition"]}/{letter["id"]}/redrive"));

        var order = (await Ledger.Orders.FindAsync(id))!;
        Assert.Equal(("Redriven", null), (OrderExplanation.Of(order, s_now).Title, order.Reason));
        Assert.Contains(order.Timeline, step => step is { What: "redriven", Detail: "Ann: the buyer was right" });
    }

    [Fact]
    public async Task An_order_is_tried_now_and_what_waits_for_nothing_is_not()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var (id, entry, fence) = await ClaimAsync();
        Assert.Equal("busy", await CodeAsync(client, $"ops/orders/{id}/retry"));
        await Ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence, attempt: 1, allowed: 40, TimeSpan.FromHours(4), "The handler ship failed (HTTP 500).");

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/retry"));

        Assert.Equal("Ready for an attempt", OrderExplanation.Of((await Ledger.Orders.FindAsync(id))!, s_now).Title);
        Assert.Equal(0, await Redis.Database.SortedSetLengthAsync(Partition.Retry));
        var returned = Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Events));
        Assert.Equal((id, "1"), ((string?)returned["object"], (string?)returned["attempts"]));
        Assert.Equal("not_waiting", await CodeAsync(client, $"ops/orders/{(await Ledger.SellAsync()).SessionId}/retry"));
        Assert.Equal("not_found", await CodeAsync(client, "ops/orders/cs_test_unknown/retry"));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync($"ops/orders/{id}/retry", new { }, Canceled)).StatusCode);
    }

    [Fact]
    public async Task An_order_whose_dead_letter_was_dismissed_says_so_and_can_be_tried_again()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var (id, entry, fence) = await ClaimAsync();
        await Ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence, attempt: 40, allowed: 40, TimeSpan.Zero, "The handler ship failed (HTTP 500).");
        var letter = (await GetAsync(client, "ops/dead"))["data"]![0]!;

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/dead/{letter["partition"]}/{letter["id"]}/dismiss"));
        var explanation = OrderExplanation.Of((await Ledger.Orders.FindAsync(id))!, s_now);
        Assert.Equal("Nothing. It is paid and not fulfilled: try it now, or refund it.", explanation.Next);
        Assert.EndsWith("failed with: The handler ship failed (HTTP 500).", explanation.Why, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, $"ops/orders/{id}/retry"));
        Assert.Equal("Ready for an attempt", OrderExplanation.Of((await Ledger.Orders.FindAsync(id))!, s_now).Title);
        Assert.Equal(HandledEvents.OrderReleased, Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Events))["type"]);
    }

    [Fact]
    public async Task A_comparison_with_Stripe_is_left_to_a_worker()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var id = (await Ledger.SellAsync()).SessionId;

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(client, $"ops/orders/{id}/reread"));

        Assert.Equal(HandledEvents.OrderReread, Assert.Single(await Redis.Database.StreamRangeAsync(Partition.Events))["type"]);
        Assert.Equal(("reread", "Ann: the buyer was right"), ((await Ledger.Orders.FindAsync(id))!.Timeline[^1].What, (await Ledger.Orders.FindAsync(id))!.Timeline[^1].Detail));
        Assert.Equal("not_found", await CodeAsync(client, "ops/orders/cs_test_unknown/reread"));
    }

    [Fact]
    public async Task A_handler_is_paused_and_resumed_with_who_and_why_in_the_journal()
    {
        await Redis.Database.HashSetAsync("co:ledger", "handlers", "ship");
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, "ops/handlers/ship/pause"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, "ops/handlers/ship/pause"));
        Assert.Equal("Ann: the buyer was right", (string?)(await GetAsync(client, "ops/handlers"))["data"]![0]!["paused_by"]);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, "ops/handlers/ship/resume"));

        Assert.Null((string?)(await GetAsync(client, "ops/handlers"))["data"]![0]!["paused_at"]);
        Assert.Equal("not_found", await CodeAsync(client, "ops/handlers/unknown/pause"));
        Assert.Equal(
            ["handler:ship handler_paused", "handler:ship handler_resumed"],
            (await Redis.Database.StreamRangeAsync(Partition.Journal)).Select(step => $"{step["session"]} {step["what"]}"));
    }

    [Fact]
    public async Task The_content_of_a_dead_letter_is_shown_without_the_buyer_s_data()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var session = (await Ledger.SellAsync()).SessionId;
        var id = await DeadLetterAsync(session);

        var page = await browser.GetTextAsync($"/dead/0/{id}");

        Assert.Contains("&quot;payment_status&quot;: &quot;paid&quot;", page, StringComparison.Ordinal);
        Assert.Contains("&quot;customer_details&quot;: {", page, StringComparison.Ordinal);
        Assert.Contains("9998", page, StringComparison.Ordinal);
        Assert.DoesNotContain("buyer@example.com", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Buyer&quot;", page, StringComparison.Ordinal);

        // The order's own page leads to it.
        Assert.Contains($"/dead/0/{id}", await browser.GetTextAsync("/orders/" + session), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no JSON", "7 bytes that are not JSON.")]
    [InlineData("""{"id":1,"id":2}""", "15 bytes that are not JSON.")]
    [InlineData("null", "null")]
    [InlineData("""{"id":"evt_1","phone":4912345,"email":"a@b.example","metadata":{"note":"Ada","order_ref":"ref_1"},"id_of":null}""",
        """{"id":"evt_1","phone":4912345,"email":"•••","metadata":{"note":"•••","order_ref":"ref_1"},"id_of":null}""")]
    [InlineData("""{"status":"Ada Lovelace","shipping":{"address":{"postal_code":10115}},"type":["a@b"]}""", """{"status":"•••","shipping":{"address":{"postal_code":"•••"}},"type":["•••"]}""")]
    public void Texts_that_may_be_personal_data_are_masked(string content, string masked)
    {
        var shown = MaskedContent.Of(System.Text.Encoding.UTF8.GetBytes(content));

        Assert.Equal(masked, shown.StartsWith('{') ? JsonNode.Parse(shown)!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) : shown);
    }

    private async Task<(string Id, StackExchange.Redis.RedisValue Entry, long Fence)> ClaimAsync()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await Ledger.Events.EnsureGroupAsync(Partition);
        var entry = await Ledger.AppendAsync(id, StripeEvents.Checkout(id));
        await Ledger.Events.ReadNewAsync(Partition, "consumer", 100);
        var claim = await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), entry, livemode: false, TimeSpan.FromMinutes(1));
        Assert.Equal(Outcome.Claimed, claim.Outcome);
        return (id, entry, claim.Fence);
    }

    private static async Task<string?> CodeAsync(HttpClient client, string path)
    {
        using var response = await client.PostAsJsonAsync(path, new { reason = "Ann" }, Canceled);
        return (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!["code"];
    }
}
