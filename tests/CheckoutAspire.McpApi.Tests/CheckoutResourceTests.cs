using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Resources;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests;

public sealed class CheckoutResourceTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly OpenedStreams _streams = new();

    protected override void Configure(IWebHostBuilder builder) =>
        builder.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(_streams));

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task A_checkout_resource_has_the_content_of_get_checkout(string revision)
    {
        await using var client = await Factory.ConnectAsync(revision);
        var template = Assert.Single(await client.ListResourceTemplatesAsync(cancellationToken: Cancellation));
        Assert.Equal("checkout://sessions/{session_id}", template.UriTemplate);
        var id = await SellIdAsync();
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        var calls = Stripe.Calls.Count;

        var result = await client.ReadResourceAsync("checkout://sessions/" + id, cancellationToken: Cancellation);

        var contents = Assert.IsType<TextResourceContents>(Assert.Single(result.Contents));
        Assert.Equal(("checkout://sessions/" + id, "application/json"), (contents.Uri, contents.MimeType));
        Assert.Equal((TimeSpan.Zero, CacheScope.Private), (result.TimeToLive ?? TimeSpan.Zero, result.CacheScope ?? CacheScope.Private));
        using var json = JsonDocument.Parse(contents.Text);
        Assert.True(JsonElement.DeepEquals(await CallAsync("get_checkout", new() { ["session_id"] = id }), json.RootElement));
        Assert.Equal(calls, Stripe.Calls.Count);
    }

    [Theory]
    [InlineData("2025-11-25", McpErrorCode.ResourceNotFound)]
    [InlineData("2026-07-28", McpErrorCode.InvalidParams)]
    public async Task A_checkout_that_does_not_exist_cannot_be_read(string revision, McpErrorCode code)
    {
        await using var client = await Factory.ConnectAsync(revision);

        foreach (var uri in (string[])["checkout://sessions/cs_test_nothing", "checkout://sessions/nonsense", "checkout://elsewhere/cs_test_1"])
        {
            var error = await Assert.ThrowsAsync<McpProtocolException>(
                () => client.ReadResourceAsync(uri, cancellationToken: Cancellation).AsTask());
            Assert.Equal(code, error.ErrorCode);
        }
    }

    [Fact]
    public async Task A_subscribed_session_is_notified_of_each_step()
    {
        await using var client = await Factory.ConnectAsync("2025-11-25");
        Assert.True(client.ServerCapabilities.Resources?.Subscribe);
        var id = await SellIdAsync();
        var uri = "checkout://sessions/" + id;
        var told = new ConcurrentQueue<string>();
        await _streams.WhenOpenAsync(client.SessionId!).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        await using var subscription = await client.SubscribeToResourceAsync(
            uri,
            (update, _) =>
            {
                told.Enqueue(update.Uri);
                return ValueTask.CompletedTask;
            },
            cancellationToken: Cancellation);

        await Factory.ApplyAsync(id, PaymentStatusChange.Processing);
        await CountAsync(told, 1);
        await Factory.ApplyAsync(id, PaymentStatusChange.Paid);
        await CountAsync(told, 2);

        Assert.All(told, update => Assert.Equal(uri, update));
        Assert.Equal(1, Changes.Count);
        await subscription.DisposeAsync();
        await Eventually.GetAsync(() => Task.FromResult(Changes.Count), count => count == 0, Cancellation);
    }

    [Fact]
    public async Task A_session_that_ends_is_forgotten_with_its_subscriptions()
    {
        var client = await Factory.ConnectAsync("2025-11-25");
        await client.SubscribeToResourceAsync("checkout://sessions/" + await SellIdAsync(), cancellationToken: Cancellation);
        var subscriptions = Factory.Services.GetRequiredService<ResourceSubscriptions>();
        var before = subscriptions.SessionCount;
        Assert.Equal(1, Changes.Count);

        await client.DisposeAsync();

        await Eventually.GetAsync(() => Task.FromResult((Changes.Count, subscriptions.SessionCount)), now => now == (0, before - 1), Cancellation);
    }

    [Fact]
    public async Task A_subscription_to_an_unknown_checkout_or_beyond_the_limit_is_rejected()
    {
        await using var client = await Factory.ConnectAsync("2025-11-25");
        foreach (var uri in (string[])["checkout://sessions/cs_test_nothing", "test://something"])
        {
            var error = await Assert.ThrowsAsync<McpProtocolException>(() => client.SubscribeToResourceAsync(uri, cancellationToken: Cancellation));
            Assert.Equal(McpErrorCode.ResourceNotFound, error.ErrorCode);
        }

        for (var i = 0; i < ResourceSubscriptions.MaxPerClient; i++)
        {
            await client.SubscribeToResourceAsync("checkout://sessions/" + await SellIdAsync(), cancellationToken: Cancellation);
        }

        var tooMany = "checkout://sessions/" + await SellIdAsync();
        var refused = await Assert.ThrowsAsync<McpProtocolException>(() => client.SubscribeToResourceAsync(tooMany, cancellationToken: Cancellation));
        Assert.Equal(McpErrorCode.InvalidRequest, refused.ErrorCode);
        Assert.Equal(ResourceSubscriptions.MaxPerClient, Changes.Count);
    }

    [Fact]
    public async Task A_listener_receives_an_acknowledgement_and_then_each_step()
    {
        await using var client = await Factory.ConnectAsync("2026-07-28");
        var (told, acknowledged) = (new ConcurrentQueue<JsonObject>(), new ConcurrentQueue<JsonObject>());
        await using var updates = Collect(client, NotificationMethods.ResourceUpdatedNotification, told);
        await using var acknowledgements = Collect(client, NotificationMethods.SubscriptionsAcknowledgedNotification, acknowledged);
        var (one, other) = (await SellIdAsync(), await SellIdAsync());
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listen = client.SendRequestAsync(
            new JsonRpcRequest
            {
                Id = new RequestId("listen"),
                Method = RequestMethods.SubscriptionsListen,
                Params = new JsonObject
                {
                    ["notifications"] = new JsonObject
                    {
                        ["toolsListChanged"] = true,
                        ["resourceSubscriptions"] = new JsonArray(
                            "checkout://sessions/" + one, "checkout://sessions/cs_test_nothing", "checkout://sessions/" + other, "test://something"),
                    },
                },
            },
            listening.Token);

        await CountAsync(acknowledged, 1);
        Assert.Equal(
            $$$"""{"toolsListChanged":true,"resourceSubscriptions":["checkout://sessions/{{{one}}}","checkout://sessions/{{{other}}}"]}""",
            acknowledged.Single()["notifications"]!.ToJsonString());
        await Factory.ApplyAsync(one, PaymentStatusChange.Processing);
        await CountAsync(told, 1);
        await Factory.ApplyAsync(other, PaymentStatusChange.Expired);
        await CountAsync(told, 2);

        Assert.Equal(["checkout://sessions/" + one, "checkout://sessions/" + other], told.Select(update => (string?)update["uri"]));
        Assert.All(
            told.Concat(acknowledged), message => Assert.Equal("listen", (string?)message["_meta"]!["io.modelcontextprotocol/subscriptionId"]));

        await listening.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listen);
        await Eventually.GetAsync(() => Task.FromResult(Changes.Count), count => count == 0, Cancellation);
    }

    private OrderChanges Changes => Factory.Services.GetRequiredService<OrderChanges>();

    private async Task<string> SellIdAsync() => (await SellAsync()).GetProperty("session_id").GetString()!;

    private static Task CountAsync<T>(ConcurrentQueue<T> queue, int count) =>
        Eventually.GetAsync(() => Task.FromResult(queue.Count), now => now >= count, Cancellation);

    private static IAsyncDisposable Collect(McpClient client, string method, ConcurrentQueue<JsonObject> into) =>
        client.RegisterNotificationHandler(
            method,
            (notification, _) =>
            {
                into.Enqueue(notification.Params!.AsObject());
                return ValueTask.CompletedTask;
            });
}
