using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Webhook endpoints created through Stripe.net, with real receivers.</summary>
[Trait("loop", "long")]
public sealed class WebhookEndpointTests : IDisposable
{
    private const string ConfiguredId = "we_1SandboxWebhookUrl";

    private readonly SandboxServer _sandbox = new();
    private readonly WebhookEndpointService _endpoints;

    public WebhookEndpointTests() => _endpoints = new WebhookEndpointService(_sandbox.Stripe);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Each_endpoint_gets_the_types_it_asked_for_signed_with_its_own_secret()
    {
        await using var all = await WebhookReceiver.StartAsync();
        await using var some = await WebhookReceiver.StartAsync();
        var wide = await CreateAsync(all.Url, "*");
        var narrow = await CreateAsync(some.Url, "checkout.session.completed", "charge.refunded");

        await _sandbox.PayByCardAsync(await _sandbox.CreateAsync());
        var widely = await all.NextAsync("checkout.session.completed");
        var narrowly = await some.NextAsync();

        Assert.Matches("^whsec_[0-9A-Za-z]{32}$", wide.Secret);
        Assert.NotEqual(wide.Secret, narrow.Secret);
        Assert.Equal("checkout.session.completed", EventUtility.ConstructEvent(widely.Body, widely.Signature, wide.Secret).Type);
        Assert.Equal("checkout.session.completed", EventUtility.ConstructEvent(narrowly.Body, narrowly.Signature, narrow.Secret).Type);
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(narrowly.Body, narrowly.Signature, wide.Secret));
    }

    [Fact]
    public async Task An_endpoint_is_changed_disabled_and_deleted()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var endpoint = await CreateAsync(receiver.Url, "product.created");

        var changed = await _endpoints.UpdateAsync(
            endpoint.Id,
            new WebhookEndpointUpdateOptions { EnabledEvents = ["price.created"], Description = "Prices", Metadata = new() { ["team"] = "a" } },
            cancellationToken: Cancellation);
        await _sandbox.CreateAsync();
        var first = await receiver.NextAsync();
        await _endpoints.UpdateAsync(endpoint.Id, new WebhookEndpointUpdateOptions { Disabled = true }, cancellationToken: Cancellation);
        await _sandbox.CreateAsync();
        await _endpoints.UpdateAsync(endpoint.Id, new WebhookEndpointUpdateOptions { Disabled = false }, cancellationToken: Cancellation);
        var enabledAgain = await _sandbox.CreateAsync(options => options.AddExpand("line_items"));
        var second = await receiver.NextAsync();
        var deleted = await _endpoints.DeleteAsync(endpoint.Id, cancellationToken: Cancellation);

        Assert.Equal(("Prices", "a", "enabled"), (changed.Description, changed.Metadata["team"], changed.Status));
        Assert.Null(changed.Secret);
        Assert.Contains("\"type\": \"price.created\"", first.Body, StringComparison.Ordinal);
        Assert.Contains(enabledAgain.LineItems.Data[0].Price.Id, second.Body, StringComparison.Ordinal);
        Assert.True(deleted.Deleted);
        Assert.Empty((await _endpoints.ListAsync(cancellationToken: Cancellation)).Data);
        await Assert.ThrowsAsync<StripeException>(() => _endpoints.GetAsync(endpoint.Id, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_rolled_secret_signs_next_to_the_old_one_until_that_expires()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var endpoint = await CreateAsync(receiver.Url, "product.created");

        var overlapping = await RollAsync(endpoint.Id, "expires_in=3600");
        await CreateProductAsync();
        var both = await receiver.NextAsync();
        var alone = await RollAsync(endpoint.Id, "");
        await CreateProductAsync();
        var one = await receiver.NextAsync();

        Assert.NotNull(EventUtility.ConstructEvent(both.Body, both.Signature, endpoint.Secret));
        Assert.NotNull(EventUtility.ConstructEvent(both.Body, both.Signature, overlapping));
        Assert.NotNull(EventUtility.ConstructEvent(one.Body, one.Signature, alone));
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(one.Body, one.Signature, overlapping));

        async Task<string> RollAsync(string id, string form)
        {
            using var client = _sandbox.Authenticated();
            using var content = new StringContent(form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
            using var response = await client.PostAsync($"/sandbox/webhook_endpoints/{id}/roll_secret", content, Cancellation);
            return (string)(await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["secret"]!;
        }
    }

    [Fact]
    public async Task The_configured_endpoint_is_listed_and_cannot_be_changed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });
        var endpoints = new WebhookEndpointService(sandbox.Stripe);

        var shown = Assert.Single((await endpoints.ListAsync(cancellationToken: Cancellation)).Data);
        var refusal = await Assert.ThrowsAsync<StripeException>(() => endpoints.DeleteAsync(shown.Id, cancellationToken: Cancellation));

        Assert.Equal(receiver.Url, shown.Url);
        Assert.StartsWith("This endpoint is configured by SANDBOX_WEBHOOK_URL", refusal.StripeError.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enabled_events[]=*", "parameter_missing", "url", "Missing required param: url.")]
    [InlineData("url=http://localhost/hook", "parameter_missing", "enabled_events", "Missing required param: enabled_events.")]
    [InlineData("url=localhost&enabled_events[]=*", "url_invalid", "url", "Invalid URL: An explicit scheme (such as https) must be provided.")]
    [InlineData("url=http://localhost&enabled_events[]=every+event", null, "enabled_events[0]", "Invalid enabled_events[0]: must be `*` or the type of an event, for example checkout.session.completed")]
    [InlineData("url=http://localhost&enabled_events[]=*&secret=mine", "parameter_unknown", "secret", "Received unknown parameter: secret")]
    public async Task A_wrong_endpoint_is_refused(string form, string? code, string parameter, string message)
    {
        var error = await _sandbox.PostRefusedAsync("/v1/webhook_endpoints", form);

        Assert.Equal((code, parameter, message), ((string?)error["code"], (string?)error["param"], (string?)error["message"]));
    }

    [Fact]
    public async Task At_most_sixteen_endpoints_can_be_created()
    {
        for (var count = 0; count < 16; count++)
        {
            await CreateAsync("http://localhost:9/hook", "charge.refunded");
        }

        var refusal = await Assert.ThrowsAsync<StripeException>(() => CreateAsync("http://localhost:9/hook", "charge.refunded"));

        Assert.Equal("You have reached the maximum of 16 test webhook endpoints.", refusal.StripeError.Message);
    }

    [Fact]
    public async Task Endpoints_have_Stripe_s_shape()
    {
        var endpoint = await CreateAsync("http://localhost:9/hook", "charge.refunded");
        using var client = _sandbox.Authenticated();

        Assert.Empty(await StripeTypes.CheckAsync(
        [
            StripeTypes.Specimen("read", JsonNode.Parse(await client.GetStringAsync($"/v1/webhook_endpoints/{endpoint.Id}", Cancellation))!),
            StripeTypes.Specimen("listed", JsonNode.Parse(await client.GetStringAsync("/v1/webhook_endpoints", Cancellation))!),
        ]));
    }

    [Theory]
    [InlineData(ConfiguredId)]
    [InlineData(null)]
    public async Task An_endpoint_with_an_older_version_gets_invoices_in_the_older_shape(string? id)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(id is null ? [] : new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });
        id ??= (await new WebhookEndpointService(sandbox.Stripe).CreateAsync(
            new WebhookEndpointCreateOptions { Url = receiver.Url, EnabledEvents = ["*"] }, cancellationToken: Cancellation)).Id;
        await sandbox.PostFormAsync($"/sandbox/webhook_endpoints/{id}/api_version", "api_version=2024-06-20");
        var session = await sandbox.CreateAsync(options =>
        {
            options.Mode = "subscription";
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
            options.SubscriptionData = new SessionSubscriptionDataOptions { Metadata = new() { ["order_ref"] = "s-1" } };
        });

        await sandbox.PayByCardAsync(session);
        // Deliveries run in parallel, so either may come first.
        JsonNode[] received =
        [
            JsonNode.Parse((await receiver.NextAsync("charge.succeeded", "invoice.paid")).Body)!,
            JsonNode.Parse((await receiver.NextAsync("charge.succeeded", "invoice.paid")).Body)!,
        ];
        var charge = received.Single(body => (string?)body["type"] == "charge.succeeded");
        var paid = received.Single(body => (string?)body["type"] == "invoice.paid");
        var invoice = paid["data"]!["object"]!.AsObject();
        var now = await sandbox.GetAsync(session.Id);

        Assert.Equal("2024-06-20", (string?)paid["api_version"]);
        Assert.Equal((now.SubscriptionId, "s-1"), ((string?)invoice["subscription"], (string?)invoice["subscription_details"]!["metadata"]!["order_ref"]));
        Assert.Equal((string?)charge["data"]!["object"]!["payment_intent"], (string?)invoice["payment_intent"]);
        Assert.Equal(((string?)charge["data"]!["object"]!["id"], true), ((string?)invoice["charge"], (bool?)invoice["paid"]));
        Assert.Equal(now.InvoiceId, (string?)charge["data"]!["object"]!["invoice"]);
        Assert.False(invoice.ContainsKey("parent"));
    }

    [Theory]
    [InlineData("{\"id\":\"in_1\",\"object\":\"invoice\"}")]
    [InlineData("{\"id\":\"in_1\",\"object\":\"invoice\",\"parent\":7}")]
    [InlineData("{\"id\":\"ch_1\",\"object\":\"charge\",\"payment_intent\":{}}")]
    [InlineData("{\"id\":\"x_1\",\"object\":1}")]
    public async Task Any_content_is_rendered_in_an_older_version(string content)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });
        await sandbox.PostFormAsync($"/sandbox/webhook_endpoints/{ConfiguredId}/api_version", "api_version=2024-06-20");

        await sandbox.PostAsync("/sandbox/events", new { type = "invoice.paid", @object = JsonNode.Parse(content) });
        var webhook = JsonNode.Parse((await receiver.NextAsync("invoice.paid")).Body)!;

        Assert.Equal("2024-06-20", (string?)webhook["api_version"]);
    }

    [Fact]
    public async Task A_version_that_does_not_exist_is_rejected()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = new SandboxServer(new() { ["SANDBOX_WEBHOOK_URL"] = receiver.Url });

        var error = await sandbox.PostRefusedAsync($"/sandbox/webhook_endpoints/{ConfiguredId}/api_version", "api_version=yesterday");

        Assert.Equal("Invalid API version: yesterday", (string?)error["message"]);
    }

    [Fact]
    public async Task An_event_counts_the_endpoints_that_have_not_acknowledged_it()
    {
        await using var accepting = await WebhookReceiver.StartAsync();
        await using var refusing = await WebhookReceiver.StartAsync([.. Enumerable.Repeat(500, 20)]);
        await CreateAsync(accepting.Url, "product.created");
        await CreateAsync(refusing.Url, "product.created");
        var events = new EventService(_sandbox.Stripe);

        await CreateProductAsync();

        await Eventually.GetAsync(ListAsync, listed => listed.Data is [{ PendingWebhooks: 1 }], Cancellation);
        Assert.Single((await events.ListAsync(new EventListOptions { DeliverySuccess = false }, cancellationToken: Cancellation)).Data);
        Assert.Empty((await events.ListAsync(new EventListOptions { DeliverySuccess = true }, cancellationToken: Cancellation)).Data);

        Task<StripeList<Event>> ListAsync() => events.ListAsync(cancellationToken: Cancellation);
    }

    private Task<WebhookEndpoint> CreateAsync(string url, params string[] types) => _endpoints.CreateAsync(
        new WebhookEndpointCreateOptions { Url = url, EnabledEvents = [.. types] }, cancellationToken: Cancellation);

    private Task<Product> CreateProductAsync() =>
        new ProductService(_sandbox.Stripe).CreateAsync(new ProductCreateOptions { Name = "Mug" }, cancellationToken: Cancellation);
}
