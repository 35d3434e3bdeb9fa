using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Calls without a key, for which the arguments are the key for a short time, in one MCP session or for one buyer.</summary>
public sealed class DerivedKeyTests(RedisFixture redis) : McpApiTest(redis)
{
    // Clients of this revision have sessions.
    protected override string Revision => "2025-11-25";

    [Fact]
    public async Task A_call_that_is_repeated_at_once_does_not_sell_twice()
    {
        var first = await CallAsync("initiate_checkout", Mug());
        var second = await CallAsync("initiate_checkout", Mug(("quantity", 1)));

        Assert.False(first.GetProperty("replayed").GetBoolean());
        Assert.True(second.GetProperty("replayed").GetBoolean());
        Assert.Equal(IdOf(first), IdOf(second));
        Assert.Equal(first.GetProperty("checkout_url").GetString(), second.GetProperty("checkout_url").GetString());
        Assert.Single(Stripe.Creates);
    }

    [Theory]
    [InlineData("price_cents", 700)]
    [InlineData("quantity", 2)]
    [InlineData("customer_email", "other@example.com")]
    [InlineData("idempotency_key", "another sale")]
    public async Task Other_arguments_are_another_sale(string name, object value)
    {
        var first = await CallAsync("initiate_checkout", Mug());
        var second = await CallAsync("initiate_checkout", Mug((name, value)));

        Assert.False(second.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(IdOf(first), IdOf(second));
        Assert.NotEqual(first.GetProperty("order_ref").GetString(), second.GetProperty("order_ref").GetString());
    }

    [Fact]
    public async Task Another_caller_s_call_is_another_sale()
    {
        await using var alice = await Factory.ConnectAsync(principal: "alice");

        var first = await CallAsync("initiate_checkout", Mug());
        var second = await CallAsync("initiate_checkout", Mug(), alice);

        Assert.NotEqual(IdOf(first), IdOf(second));
    }

    [Fact]
    public async Task Two_buyers_behind_one_key_get_two_pages()
    {
        await using var other = await Factory.ConnectAsync(Revision);

        var first = await CallAsync("initiate_checkout", Mug());
        var second = await CallAsync("initiate_checkout", Mug(), other);

        Assert.False(second.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(IdOf(first), IdOf(second));
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Two_buyers_of_one_server_get_two_pages_and_only_their_own_payment(string revision)
    {
        await using var server = await Factory.ConnectAsync(revision);

        var ada = await CallAsync("initiate_checkout", Mug(("buyer_ref", "ada")), server);
        var bob = await CallAsync("initiate_checkout", Mug(("buyer_ref", "bob")), server);
        var again = await CallAsync("initiate_checkout", Mug(("buyer_ref", "ada")), server);
        await Factory.ApplyAsync(IdOf(ada), PaymentStatusChange.Paid);

        Assert.NotEqual(IdOf(ada), IdOf(bob));
        Assert.Equal((IdOf(ada), true), (IdOf(again), again.GetProperty("replayed").GetBoolean()));
        var refused = await CallForErrorAsync("wait_for_payment", new() { ["session_id"] = IdOf(ada), ["buyer_ref"] = "bob" }, server);
        Assert.Equal(("not_found", "session_id"), (refused.GetProperty("code").GetString(), refused.GetProperty("param").GetString()));
        var told = await CallAsync("wait_for_payment", new() { ["session_id"] = IdOf(ada), ["buyer_ref"] = "ada" }, server);
        Assert.Equal(("fulfilled", "ada"), (told.GetProperty("order_state").GetString(), told.GetProperty("buyer_ref").GetString()));
        var waiting = await CallAsync("wait_for_payment", new() { ["session_id"] = IdOf(bob), ["buyer_ref"] = "bob", ["timeout_seconds"] = 1 }, server);
        Assert.True(waiting.GetProperty("still_waiting").GetBoolean());
    }

    [Fact]
    public async Task A_buyer_s_repeated_call_is_recognized_in_another_session()
    {
        await using var later = await Factory.ConnectAsync(Revision);

        var first = await CallAsync("initiate_checkout", Mug(("buyer_ref", "ada")));
        var second = await CallAsync("initiate_checkout", Mug(("buyer_ref", "ada")), later);

        Assert.Equal(IdOf(first), IdOf(second));
    }

    [Fact]
    public async Task Without_a_session_and_a_buyer_no_call_is_a_repetition()
    {
        await using var stateless = await Factory.ConnectAsync("2026-07-28");

        var first = await CallAsync("initiate_checkout", Mug(), stateless);
        var second = await CallAsync("initiate_checkout", Mug(), stateless);

        Assert.False(second.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(IdOf(first), IdOf(second));
    }

    [Fact]
    public async Task The_same_key_for_another_buyer_is_a_conflict()
    {
        await CallAsync("initiate_checkout", Mug(("idempotency_key", "cart-1"), ("buyer_ref", "ada")));

        var error = await CallForErrorAsync("initiate_checkout", Mug(("idempotency_key", "cart-1"), ("buyer_ref", "bob")));

        Assert.Equal("idempotency_conflict", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_checkouts_of_one_buyer_are_listed_a_page_at_a_time()
    {
        List<string> sold = [];
        for (var number = 0; number < 3; number++)
        {
            sold.Add(IdOf(await SellAsync(("buyer_ref", "ada"))));
            await SellAsync(("buyer_ref", "bob"));
            await SellAsync();
        }

        var first = await CallAsync("list_checkouts", new() { ["buyer_ref"] = "ada", ["limit"] = 2 });
        var second = await CallAsync(
            "list_checkouts", new() { ["buyer_ref"] = "ada", ["limit"] = 2, ["cursor"] = first.GetProperty("next_cursor").GetString() });
        var listed = first.GetProperty("checkouts").EnumerateArray().Concat(second.GetProperty("checkouts").EnumerateArray()).ToArray();

        // Checkouts of the same millisecond have no defined order.
        Assert.Equal(sold.Order(StringComparer.Ordinal), listed.Select(IdOf).Order(StringComparer.Ordinal));
        Assert.All(listed, checkout => Assert.Equal("ada", checkout.GetProperty("buyer_ref").GetString()));
        Assert.Empty((await CallAsync("list_checkouts", new() { ["buyer_ref"] = "eve" })).GetProperty("checkouts").EnumerateArray());
        await using var alice = await Factory.ConnectAsync(Revision, principal: "alice");
        Assert.Empty((await CallAsync("list_checkouts", new() { ["buyer_ref"] = "ada" }, alice)).GetProperty("checkouts").EnumerateArray());
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("expired")]
    public async Task Once_the_session_is_over_the_same_call_is_the_next_buyer_s(string status)
    {
        var first = await CallAsync("initiate_checkout", Mug());
        // Stripe reports it before its event arrives.
        Stripe.Change(IdOf(first), session => session["status"] = status);

        var second = await CallAsync("initiate_checkout", Mug());
        var third = await CallAsync("initiate_checkout", Mug());

        Assert.False(second.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(IdOf(first), IdOf(second));
        Assert.Equal(IdOf(second), IdOf(third));
    }

    [Theory]
    [InlineData(PaymentStatusChange.Paid, false)]
    [InlineData(null, true)]
    public async Task While_Stripe_is_unreachable_the_ledger_decides_whether_the_session_is_open(PaymentStatusChange? fact, bool replayed)
    {
        var first = await CallAsync("initiate_checkout", Mug());
        if (fact is { } known)
        {
            await Factory.ApplyAsync(IdOf(first), known);
        }

        Stripe.NextError(401, "invalid_request_error");
        var second = await CallAsync("initiate_checkout", Mug());

        Assert.Equal(replayed, second.GetProperty("replayed").GetBoolean());
    }

    [Fact]
    public async Task While_the_same_call_runs_it_is_in_flight()
    {
        var (reached, answer) = Stripe.DeclineNextLater();
        var running = CallForErrorAsync("initiate_checkout", Mug());
        await reached;

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("idempotency_in_flight", error.GetProperty("code").GetString());
        Assert.True(error.TryGetProperty("retry_after", out _));
        answer.SetResult();
        await running;
    }

    private static string IdOf(JsonElement checkout) => checkout.GetProperty("session_id").GetString()!;
}
