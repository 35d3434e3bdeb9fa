using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Cancellation, with the Stripe sandbox.</summary>
public sealed class CancelCheckoutTests(RedisFixture redis) : SandboxTest(redis)
{
    [Fact]
    public async Task An_open_session_is_expired_at_Stripe_and_the_order_follows_by_the_event()
    {
        var id = await SellAsync();

        var canceled = await CallAsync("cancel_checkout", id);

        Assert.Equal("expired", canceled.GetProperty("status").GetString());
        Assert.Equal("created", canceled.GetProperty("order_state").GetString());
        Assert.False(canceled.GetProperty("already_expired").GetBoolean());
        Assert.Equal("expired", (await Sessions.GetAsync(id, cancellationToken: Cancellation)).Status);
        Assert.Equal("expired", (await CallAsync("get_checkout", id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Canceling_again_changes_nothing_and_is_reported()
    {
        var id = await SellAsync();
        await CallAsync("cancel_checkout", id);

        var beforeTheEvent = await CallAsync("cancel_checkout", id);
        await Factory.ApplyAsync(id, PaymentStatusChange.Expired);
        var afterTheEvent = await CallAsync("cancel_checkout", id);

        Assert.True(beforeTheEvent.GetProperty("already_expired").GetBoolean());
        Assert.True(afterTheEvent.GetProperty("already_expired").GetBoolean());
        Assert.Equal("expired", afterTheEvent.GetProperty("order_state").GetString());
    }

    [Theory]
    [InlineData(PaymentStatusChange.Paid)]
    [InlineData(PaymentStatusChange.Processing)]
    [InlineData(PaymentStatusChange.Failed)]
    public async Task A_completed_checkout_cannot_be_canceled(PaymentStatusChange fact)
    {
        var id = await SellAsync();
        await Factory.ApplyAsync(id, fact);

        var error = await CallAsync("cancel_checkout", id, isError: true);

        Assert.Equal("already_completed", error.GetProperty("code").GetString());
        Assert.Equal("session_id", error.GetProperty("param").GetString());
        Assert.Equal("open", (await Sessions.GetAsync(id, cancellationToken: Cancellation)).Status);
    }

    [Fact]
    public async Task A_checkout_that_is_canceled_is_not_sold_again_by_the_same_call()
    {
        var arguments = new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999 };
        var first = await CallAsync("initiate_checkout", arguments);
        await CallAsync("cancel_checkout", first.GetProperty("session_id").GetString()!);

        var second = await CallAsync("initiate_checkout", arguments);

        Assert.False(second.GetProperty("replayed").GetBoolean());
        Assert.Equal("open", second.GetProperty("status").GetString());
    }

    private async Task<string> SellAsync() => (await CallAsync(
        "initiate_checkout", new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999 })).GetProperty("session_id").GetString()!;

    private Task<JsonElement> CallAsync(string tool, string id, bool isError = false) =>
        CallAsync(tool, new Dictionary<string, object?> { ["session_id"] = id }, isError);
}
