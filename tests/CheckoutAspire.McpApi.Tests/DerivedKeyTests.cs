using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Calls without a key, for which the arguments are the key for a short time.</summary>
public sealed class DerivedKeyTests(RedisFixture redis) : McpApiTest(redis)
{
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
        var reached = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        Stripe.Next(async context =>
        {
            reached.SetResult();
            await answer.Task;
            context.Response.StatusCode = 402;
            await context.Response.WriteAsync("""{"error":{"type":"card_error","code":"card_declined"}}""");
        });
        var running = CallForErrorAsync("initiate_checkout", Mug());
        await reached.Task;

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("idempotency_in_flight", error.GetProperty("code").GetString());
        Assert.True(error.TryGetProperty("retry_after", out _));
        answer.SetResult();
        await running;
    }

    private static string IdOf(JsonElement checkout) => checkout.GetProperty("session_id").GetString()!;
}
