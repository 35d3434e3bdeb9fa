using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Webhook deliveries to a real receiver.</summary>
public sealed class WebhookTests
{
    [Fact]
    public async Task A_payment_is_delivered_signed_and_Stripe_net_verifies_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });
        var session = await sandbox.CreateAsync();

        await sandbox.PayByCardAsync(session);
        var webhook = await receiver.NextAsync("checkout.session.completed");

        var verified = EventUtility.ConstructEvent(webhook.Body, webhook.Signature, SandboxServer.WebhookSecret);
        var delivered = Assert.IsType<Session>(verified.Data.Object);
        Assert.Equal((session.Id, "paid", "mug-1"), (delivered.Id, delivered.PaymentStatus, delivered.Metadata["product_id"]));
        Assert.Equal("2026-10-28.endive", verified.ApiVersion);
        Assert.False(verified.Livemode);
        Assert.Matches("^t=[0-9]+,v1=[0-9a-f]{64},v0=[0-9a-f]{64}$", webhook.Signature);
        Assert.Equal("application/json; charset=utf-8", webhook.Headers.ContentType);
        Assert.Equal("Stripe/1.0 (+https://stripe.com/docs/webhooks)", webhook.Headers.UserAgent);
        Assert.Equal("no-cache", webhook.Headers.CacheControl);
        Assert.StartsWith("{\n  \"id\": \"evt_", webhook.Body, StringComparison.Ordinal);
        Assert.False(webhook.Headers.ContainsKey("traceparent"));
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(webhook.Body, webhook.Signature, "whsec_other"));
    }

    [Fact]
    public async Task Deliveries_reach_only_this_machine()
    {
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = "http://192.0.2.1:9/hook" });
        using var http = new HttpClient { BaseAddress = sandbox.Address };

        await sandbox.CreateAsync();

        await Eventually.GetAsync(
            () => http.GetStringAsync(new Uri("/sandbox/state", UriKind.Relative), TestContext.Current.CancellationToken),
            state => state.Contains("The endpoint is on another machine", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Both_secrets_verify_while_one_is_rolled()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new()
        {
            ["SANDBOX_WEBHOOK_URL"] = receiver.Url,
            ["STRIPE_WEBHOOK_SECRET"] = "whsec_new, whsec_old",
        });

        await sandbox.CreateAsync();
        var webhook = await receiver.NextAsync("price.created");

        Assert.Equal("price.created", EventUtility.ConstructEvent(webhook.Body, webhook.Signature, "whsec_new").Type);
        Assert.Equal("price.created", EventUtility.ConstructEvent(webhook.Body, webhook.Signature, "whsec_old").Type);
    }

    [Fact]
    public async Task A_refused_delivery_is_retried_with_a_fresh_signature_until_it_is_accepted()
    {
        await using var receiver = await WebhookReceiver.StartAsync(500, 302);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer(
            new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url, ["Sandbox:RetryDelays"] = "00:00:10,00:00:10" }, time);

        var product = await new ProductService(sandbox.Stripe).CreateAsync(
            new ProductCreateOptions { Name = "Mug" }, cancellationToken: TestContext.Current.CancellationToken);
        var tries = new List<ReceivedWebhook> { await receiver.NextAsync("product.created") };
        var pending = (await EventAsync(sandbox)).PendingWebhooks;
        while (tries.Count < 3)
        {
            var next = receiver.NextAsync("product.created");
            await time.AdvanceUntilAsync(next, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            tries.Add(await next);
        }

        Assert.Single(tries.Select(webhook => webhook.Body).Distinct().Select(body => body.Contains(product.Id, StringComparison.Ordinal)));
        Assert.Equal(3, tries.Select(webhook => webhook.Signature).Distinct().Count());
        Assert.All(tries, webhook => EventUtility.ConstructEvent(webhook.Body, webhook.Signature, SandboxServer.WebhookSecret, long.MaxValue));
        Assert.Equal(1, pending);
        await Eventually.GetAsync(() => EventAsync(sandbox), recorded => recorded.PendingWebhooks == 0, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_receiver_events_are_recorded_and_the_buyer_is_sent_on_at_once()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();

        var outcome = await sandbox.PayByCardAsync(session);

        Assert.Equal(("redirect", $"http://localhost/success?session_id={session.Id}"), ((string?)outcome["result"], (string?)outcome["url"]));
        Assert.Contains("checkout.session.completed", await sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task The_buyer_waits_for_the_receiver_but_not_longer_than_ten_seconds()
    {
        await using var receiver = await WebhookReceiver.StartAsync([.. Enumerable.Repeat(503, 20)]);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer(
            new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url, ["Sandbox:RetryDelays"] = "01:00:00" }, time);
        var session = await sandbox.CreateAsync();

        var paying = sandbox.PayByCardAsync(session);
        await receiver.NextAsync("checkout.session.completed");
        Assert.Equal("complete", (await sandbox.GetAsync(session.Id)).Status);
        var wasWaiting = !paying.IsCompleted;
        await time.AdvanceUntilAsync(paying, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.True(wasWaiting);
        Assert.Equal("redirect", (string?)(await paying)["result"]);
    }

    [Fact]
    public async Task An_event_names_the_request_that_caused_it()
    {
        await using var sandbox = new SandboxServer();
        var product = await new ProductService(sandbox.Stripe).CreateAsync(
            new ProductCreateOptions { Name = "Mug" },
            new RequestOptions { IdempotencyKey = "cause" },
            TestContext.Current.CancellationToken);

        var recorded = await EventAsync(sandbox);

        Assert.Equal((product.StripeResponse.RequestId, "cause"), (recorded.Request.Id, recorded.Request.IdempotencyKey));
        Assert.Equal(recorded.Id, (await new EventService(sandbox.Stripe).GetAsync(recorded.Id, cancellationToken: TestContext.Current.CancellationToken)).Id);
    }

    [Theory]
    [InlineData("checkout.session.*", 1)]
    [InlineData("price.created", 1)]
    [InlineData("charge.failed", 0)]
    public async Task Events_are_listed_by_type(string type, int expected)
    {
        await using var sandbox = new SandboxServer();
        await sandbox.PayByCardAsync(await sandbox.CreateAsync());

        var events = await new EventService(sandbox.Stripe).ListAsync(
            new EventListOptions { Type = type }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(expected, events.Data.Count);
    }

    private static async Task<Event> EventAsync(SandboxServer sandbox)
    {
        var events = await new EventService(sandbox.Stripe).ListAsync(
            new EventListOptions { Type = "product.created" }, cancellationToken: TestContext.Current.CancellationToken);
        return events.Data.Single();
    }
}
