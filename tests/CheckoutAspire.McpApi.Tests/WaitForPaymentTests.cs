using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class WaitForPaymentTests(RedisFixture redis) : McpApiTest(redis)
{
    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_call_returns_when_the_order_is_fulfilled_and_reports_its_steps_before(string revision)
    {
        await using var client = await Factory.ConnectAsync(revision);
        var id = await SellIdAsync();
        var steps = new Steps();

        var waiting = WaitAsync(client, id, steps);
        await steps.SaidAsync("The buyer has not paid yet");
        await Factory.ApplyAsync(id, PaymentStatusChange.Processing);
        await steps.SaidAsync("the bank has been asked to pay");
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, lease: TimeSpan.FromMinutes(1));
        await steps.SaidAsync("the order is being fulfilled");
        Assert.False(waiting.IsCompleted);
        await Factory.Services.GetRequiredService<OrderTransitions>().FulfillAsync(id, LedgerKit.NoEntry, fence: 1);

        var checkout = await waiting;
        Assert.Equal("fulfilled", checkout.GetProperty("order_state").GetString());
        Assert.Equal("ledger", checkout.GetProperty("status_source").GetString());
        Assert.False(checkout.TryGetProperty("still_waiting", out _));
    }

    [Theory]
    [InlineData(PaymentStatusChange.Paid, "fulfilled")]
    [InlineData(PaymentStatusChange.Failed, "failed")]
    [InlineData(PaymentStatusChange.Expired, "expired")]
    public async Task A_settled_order_is_returned_at_once_like_get_checkout(PaymentStatusChange fact, string state)
    {
        var id = await SellIdAsync();
        await Factory.ApplyAsync(id, fact);

        var waited = await CallAsync("wait_for_payment", new() { ["session_id"] = id, ["timeout_seconds"] = 600 });

        Assert.Equal(state, waited.GetProperty("order_state").GetString());
        Assert.True(JsonElement.DeepEquals(await CallAsync("get_checkout", new() { ["session_id"] = id }), waited));
    }

    [Fact]
    public async Task An_order_that_needs_review_ends_the_wait()
    {
        var id = await SellIdAsync();
        var waiting = WaitAsync(Client, id);

        await Factory.ApplyAsync(id, PaymentStatusChange.Paid, amount: 1);

        Assert.Equal("needs_review", (await waiting).GetProperty("order_state").GetString());
    }

    [Fact]
    public async Task After_the_timeout_the_result_is_still_waiting()
    {
        var id = await SellIdAsync();

        var waited = await CallAsync("wait_for_payment", new() { ["session_id"] = id, ["timeout_seconds"] = 1 });

        Assert.True(waited.GetProperty("still_waiting").GetBoolean());
        Assert.Equal("created", waited.GetProperty("order_state").GetString());
        Assert.Equal("open", waited.GetProperty("status").GetString());
        Assert.Equal("unpaid", waited.GetProperty("payment_status").GetString());
    }

    [Fact]
    public async Task A_disconnected_client_ends_its_watch()
    {
        await using var client = await Factory.ConnectAsync("2026-07-28");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var steps = new Steps();
        var waiting = WaitAsync(client, await SellIdAsync(), steps, patience.Token);
        await steps.SaidAsync("The buyer has not paid yet");

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await NobodyIsWatchedForAsync();
    }

    // In this revision a lost connection is no cancellation: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
    [Fact]
    public async Task A_canceled_call_ends_its_watch()
    {
        await using var client = await Factory.ConnectAsync("2025-11-25");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var arguments = new JsonObject { ["session_id"] = await SellIdAsync(), ["timeout_seconds"] = 600 };
        var waiting = client.SendRequestAsync(
            new JsonRpcRequest { Id = new RequestId("wait"), Method = "tools/call", Params = new JsonObject { ["name"] = "wait_for_payment", ["arguments"] = arguments } },
            patience.Token);
        var changes = Factory.Services.GetRequiredService<OrderChanges>();
        await Eventually.GetAsync(() => Task.FromResult(changes.Count), count => count == 1, Cancellation);

        await client.SendNotificationAsync("notifications/cancelled", new CancelledNotificationParams { RequestId = new RequestId("wait") }, cancellationToken: Cancellation);

        await NobodyIsWatchedForAsync();
        // A canceled request is never answered.
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => waiting);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task A_cancellation_reaches_no_call_of_another_client_with_the_same_id(string revision)
    {
        await using var client = await Factory.ConnectAsync(revision);
        await using var other = await Factory.ConnectAsync(revision);
        string[] ids = [await SellIdAsync(), await SellIdAsync()];
        var waiting = new[] { client, other }.Zip(ids, (one, id) => one.SendRequestAsync(
            new JsonRpcRequest
            {
                Id = new RequestId("wait"),
                Method = "tools/call",
                Params = new JsonObject { ["name"] = "wait_for_payment", ["arguments"] = new JsonObject { ["session_id"] = id, ["timeout_seconds"] = 600 } },
            },
            Cancellation)).ToArray();
        var changes = Factory.Services.GetRequiredService<OrderChanges>();
        await Eventually.GetAsync(() => Task.FromResult(changes.Count), count => count == 2, Cancellation);

        await other.SendNotificationAsync("notifications/cancelled", new CancelledNotificationParams { RequestId = new RequestId("wait") }, cancellationToken: Cancellation);
        await Factory.ApplyAsync(ids[0], PaymentStatusChange.Paid);

        Assert.Equal("fulfilled", (string?)(await waiting[0]).Result!["structuredContent"]!["order_state"]);
    }

    [Fact]
    public async Task A_server_that_shuts_down_answers_waiting_calls()
    {
        var id = await SellIdAsync();
        var steps = new Steps();
        var waiting = WaitAsync(Client, id, steps);
        await steps.SaidAsync("The buyer has not paid yet");

        Factory.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.True((await waiting).GetProperty("still_waiting").GetBoolean());
    }

    [Fact]
    public async Task Waiting_for_an_unknown_session_fails_at_once()
    {
        var error = await CallForErrorAsync("wait_for_payment", new() { ["session_id"] = "cs_test_nothing", ["timeout_seconds"] = 600 });

        Assert.Equal("not_found", error.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(601)]
    [InlineData("soon")]
    public async Task A_wrong_timeout_is_named(object timeout)
    {
        var error = await CallForErrorAsync("wait_for_payment", new() { ["session_id"] = "cs_test_1", ["timeout_seconds"] = timeout });

        Assert.Equal("invalid_request", error.GetProperty("code").GetString());
        Assert.Equal("timeout_seconds", error.GetProperty("param").GetString());
    }

    private Task NobodyIsWatchedForAsync()
    {
        var changes = Factory.Services.GetRequiredService<OrderChanges>();
        return Eventually.GetAsync(() => Task.FromResult(changes.Count), count => count == 0, Cancellation);
    }

    private async Task<string> SellIdAsync() => (await SellAsync()).GetProperty("session_id").GetString()!;

    private static async Task<JsonElement> WaitAsync(
        McpClient client, string sessionId, Steps? steps = null, CancellationToken? cancellationToken = null)
    {
        var result = await client.CallToolAsync(
            "wait_for_payment",
            new Dictionary<string, object?> { ["session_id"] = sessionId, ["timeout_seconds"] = 600 },
            steps,
            cancellationToken: cancellationToken ?? Cancellation);
        Assert.NotEqual(true, result.IsError);
        return result.StructuredContent!.Value;
    }
}
