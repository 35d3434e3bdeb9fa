using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Simulated faults: <c>POST /sandbox/faults</c>.</summary>
public sealed class FaultTests
{
    private const string Completed = "checkout.session.completed";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_storm_of_429_ends_by_itself()
    {
        await using var sandbox = new SandboxServer();
        await AddAsync(sandbox, new { kind = "rate_limit", count = 2 });

        for (var count = 0; count < 2; count++)
        {
            var refusal = await Assert.ThrowsAsync<StripeException>(() => sandbox.CreateAsync());
            Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit"), (refusal.HttpStatusCode, refusal.StripeError.Code));
        }

        Assert.Equal("open", (await sandbox.CreateAsync()).Status);
        Assert.Empty(await FaultsAsync(sandbox));
    }

    [Theory]
    [InlineData("server_error", 0)]
    [InlineData("server_error_after_success", 1)]
    public async Task A_500_is_replayed_under_its_key_and_may_hide_a_success(string kind, int sessions)
    {
        await using var sandbox = new SandboxServer();
        await AddAsync(sandbox, new { kind, method = "POST", path = "/v1/checkout/sessions" });
        var service = new SessionService(ClientWithoutRetries(sandbox));
        var options = new RequestOptions { IdempotencyKey = "order-1" };

        var first = await Assert.ThrowsAsync<StripeException>(() => service.CreateAsync(SandboxServer.Mug(), options, Cancellation));
        var again = await Assert.ThrowsAsync<StripeException>(() => service.CreateAsync(SandboxServer.Mug(), options, Cancellation));
        var found = await service.ListAsync(cancellationToken: Cancellation);

        Assert.Equal((HttpStatusCode.InternalServerError, "api_error"), (first.HttpStatusCode, first.StripeError.Type));
        Assert.Equal(HttpStatusCode.InternalServerError, again.HttpStatusCode);
        Assert.Equal(["true"], again.StripeResponse.Headers.GetValues("Idempotent-Replayed"));
        Assert.Equal(sessions, found.Data.Count);
        Assert.Equal("open", (await service.CreateAsync(SandboxServer.Mug(), cancellationToken: Cancellation)).Status);
    }

    [Fact]
    public async Task An_object_can_be_missing_once()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();
        await AddAsync(sandbox, new { kind = "not_found", path = $"/v1/checkout/sessions/{session.Id}" });

        var missing = await Assert.ThrowsAsync<StripeException>(() => sandbox.GetAsync(session.Id));
        var found = await sandbox.GetAsync(session.Id);

        Assert.Equal((HttpStatusCode.NotFound, "resource_missing"), (missing.HttpStatusCode, missing.StripeError.Code));
        Assert.Equal(session.Id, found.Id);
    }

    [Fact]
    public async Task A_connection_cut_after_success_gives_the_answer_to_the_same_key()
    {
        await using var sandbox = new SandboxServer();
        await AddAsync(sandbox, new { kind = "timeout_after_success", path = "/v1/checkout/*" });
        var service = new SessionService(ClientWithoutRetries(sandbox));
        var options = new RequestOptions { IdempotencyKey = "order-2" };

        await Assert.ThrowsAsync<HttpRequestException>(() => service.CreateAsync(SandboxServer.Mug(), options, Cancellation));
        var session = await service.CreateAsync(SandboxServer.Mug(), options, Cancellation);

        Assert.Equal([session.Id], (await service.ListAsync(cancellationToken: Cancellation)).Data.Select(item => item.Id));
    }

    [Fact]
    public async Task A_fault_applies_only_to_what_its_filter_names()
    {
        await using var sandbox = new SandboxServer();
        await AddAsync(sandbox, new { kind = "rate_limit", count = 5, method = "GET", path = "/v1/events*" });

        var session = await sandbox.CreateAsync();
        await sandbox.GetAsync(session.Id);
        await Assert.ThrowsAsync<StripeException>(sandbox.EventTypesAsync);

        Assert.Equal(4, (int)(await FaultsAsync(sandbox))[0]!["remaining"]!);
    }

    [Fact]
    public async Task A_lost_event_is_neither_delivered_nor_listed_and_the_session_is_paid_all_the_same()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });
        await AddAsync(sandbox, new { kind = "event_lost", event_type = Completed });
        var lost = await sandbox.CreateAsync();
        var next = await sandbox.CreateAsync();

        var outcome = await sandbox.PayByCardAsync(lost);
        await sandbox.PayByCardAsync(next);
        var webhook = await receiver.NextAsync(Completed);

        Assert.Equal("redirect", (string?)outcome["result"]);
        Assert.Equal("paid", (await sandbox.GetAsync(lost.Id)).PaymentStatus);
        Assert.Contains(next.Id, webhook.Body, StringComparison.Ordinal);
        Assert.Single(await sandbox.EventTypesAsync(), Completed);
    }

    [Fact]
    public async Task An_event_whose_delivery_is_lost_is_listed_as_undelivered_until_it_is_resent()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });
        await AddAsync(sandbox, new { kind = "delivery_lost", event_type = Completed });
        var lost = await sandbox.CreateAsync();
        var next = await sandbox.CreateAsync();
        var events = new EventService(sandbox.Stripe);
        var undelivered = new EventListOptions { Types = [Completed, "checkout.session.expired"], DeliverySuccess = false };

        await sandbox.PayByCardAsync(lost);
        await sandbox.PayByCardAsync(next);
        var delivered = await receiver.NextAsync(Completed);
        var listed = await Eventually.GetAsync(
            () => events.ListAsync(undelivered, cancellationToken: Cancellation), list => list.Data.Count == 1, Cancellation);
        await sandbox.PostAsync($"/sandbox/events/{listed.Data[0].Id}/resend", new { });
        var resent = await receiver.NextAsync(Completed);

        Assert.Contains(next.Id, delivered.Body, StringComparison.Ordinal);
        Assert.Equal((lost.Id, 1L), (((Session)listed.Data[0].Data.Object).Id, listed.Data[0].PendingWebhooks));
        Assert.Contains(lost.Id, resent.Body, StringComparison.Ordinal);
        await Eventually.GetAsync(() => events.ListAsync(undelivered, cancellationToken: Cancellation), list => list.Data.Count == 0, Cancellation);
    }

    [Fact]
    public async Task A_duplicated_event_is_delivered_twice_with_two_signatures()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url }, time);
        await AddAsync(sandbox, new { kind = "event_duplicated", event_type = Completed });

        await sandbox.PayByCardAsync(await sandbox.CreateAsync());
        var first = await receiver.NextAsync(Completed);
        var second = await receiver.NextAsync(Completed);

        Assert.Equal(first.Body.Replace("\"pending_webhooks\": 1", "\"pending_webhooks\": 0", StringComparison.Ordinal), second.Body);
        Assert.All(
            new[] { first, second },
            webhook => EventUtility.ConstructEvent(webhook.Body, webhook.Signature, SandboxServer.WebhookSecret, long.MaxValue));
        var delivery = await Eventually.GetAsync(() => DeliveryAsync(sandbox, Completed), delivery => (int)delivery["attempts"]! == 2, Cancellation);
        Assert.True((bool)delivery["succeeded"]!);
    }

    [Fact]
    public async Task A_reordered_event_comes_after_the_one_that_follows_it()
    {
        const string settled = "checkout.session.async_payment_succeeded";
        await using var receiver = await WebhookReceiver.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer(
            new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url, ["Sandbox:SettlementDelay"] = "01:00:00" }, time);
        await AddAsync(sandbox, new { kind = "event_reordered", event_type = Completed, delay_seconds = 3600 });
        var session = await sandbox.CreateAsync(currency: "eur");

        var paying = sandbox.PayByDebitAsync(session, "sepa_debit", "AT611904300234573201");
        await Eventually.GetAsync(() => sandbox.GetAsync(session.Id), current => current.Status == "complete", Cancellation);
        await sandbox.PostAsync($"/sandbox/sessions/{session.Id}/settle", new { });
        var first = await receiver.NextAsync(Completed, settled);
        var second = await receiver.NextAsync(Completed, settled);

        Assert.Contains(settled, first.Body, StringComparison.Ordinal);
        Assert.Contains(Completed, second.Body, StringComparison.Ordinal);
        Assert.Equal("redirect", (string?)(await paying)["result"]);
    }

    [Fact]
    public async Task A_delayed_event_is_listed_at_once_and_delivered_later()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url }, time);
        await AddAsync(sandbox, new { kind = "event_delayed", event_type = "price.created", delay_seconds = 60 });

        await sandbox.CreateAsync();
        await receiver.NextAsync("product.created");
        var waiting = await DeliveryAsync(sandbox, "price.created");
        await time.AdvanceUntilAsync(receiver.NextAsync("price.created"), TimeSpan.FromSeconds(61), Cancellation);

        Assert.Equal(0, (int)waiting["attempts"]!);
        Assert.NotNull(waiting["next_try"]);
    }

    [Fact]
    public async Task Faults_are_listed_and_cleared()
    {
        await using var sandbox = new SandboxServer();
        var added = await AddAsync(sandbox, new { kind = "event_delayed", count = 3, event_type = "invoice.*", delay_seconds = 1.5 });
        await AddAsync(sandbox, new { kind = "rate_limit" });
        using var client = sandbox.Anonymous();

        var listed = await FaultsAsync(sandbox);
        using var cleared = await client.DeleteAsync($"/sandbox/faults/{added["id"]}", Cancellation);
        using var gone = await client.DeleteAsync($"/sandbox/faults/{added["id"]}", Cancellation);
        var left = await FaultsAsync(sandbox);
        using var all = await client.DeleteAsync("/sandbox/faults", Cancellation);

        Assert.Equal(["event_delayed", "rate_limit"], listed.Select(fault => (string)fault!["kind"]!));
        Assert.Equal((3, "invoice.*", 1.5), ((int)listed[0]!["remaining"]!, (string)listed[0]!["event_type"]!, (double)listed[0]!["delay_seconds"]!));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (cleared.StatusCode, gone.StatusCode));
        Assert.Single(left);
        Assert.Empty(await FaultsAsync(sandbox));
    }

    [Theory]
    [InlineData("{\"kind\":\"meteor\"}", "`kind` must be one of delivery_lost, event_delayed,")]
    [InlineData("{}", "`kind` must be one of delivery_lost, event_delayed,")]
    [InlineData("{\"kind\":\"rate_limit\",\"count\":0}", "`count` must be between 1 and 1000.")]
    [InlineData("{\"kind\":\"event_delayed\",\"delay_seconds\":-1}", "`delay_seconds` must be between 0 and 3600.")]
    [InlineData("{\"kind\":\"rate_limit\",\"event_type\":\"x\"}", "A fault that applies to requests is filtered by `method` and `path`")]
    [InlineData("{\"kind\":\"event_lost\",\"path\":\"/v1\"}", "A fault that applies to events is filtered by `event_type`")]
    public async Task An_invalid_fault_is_rejected(string body, string sentence)
    {
        await using var sandbox = new SandboxServer();

        var answer = await sandbox.PostAsync("/sandbox/faults", JsonNode.Parse(body)!);

        Assert.StartsWith(sentence, (string)answer["error"]!, StringComparison.Ordinal);
    }

    private static StripeClient ClientWithoutRetries(SandboxServer sandbox) => new(new StripeClientOptions
    {
        ApiKey = SandboxServer.Key,
        ApiBase = sandbox.Address.ToString().TrimEnd('/'),
        HttpClient = new SystemNetHttpClient(maxNetworkRetries: 0),
    });

    private static async Task<JsonNode> AddAsync(SandboxServer sandbox, object fault)
    {
        var answer = await sandbox.PostAsync("/sandbox/faults", fault);
        Assert.StartsWith("fault_", (string?)answer["id"], StringComparison.Ordinal);
        return answer;
    }

    private static async Task<JsonArray> FaultsAsync(SandboxServer sandbox)
    {
        using var client = sandbox.Anonymous();
        return (await client.GetFromJsonAsync<JsonArray>("/sandbox/faults", Cancellation))!;
    }

    private static async Task<JsonNode> DeliveryAsync(SandboxServer sandbox, string type)
    {
        using var client = sandbox.Anonymous();
        var state = await client.GetFromJsonAsync<JsonNode>("/sandbox/state", Cancellation);
        return state!["deliveries"]!.AsArray().Single(delivery => (string)delivery!["type"]! == type)!;
    }
}
