using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>The Stripe CLI from npm works against the sandbox unchanged.</summary>
[Trait("loop", "long")]
public sealed class StripeCliTests : IDisposable
{
    private readonly SandboxServer _sandbox = new(new() { ["Sandbox:SettlementDelay"] = "00:00:00" });
    private readonly StripeCommandLine _cli;

    public StripeCliTests() => _cli = new StripeCommandLine(_sandbox.Address, SandboxServer.Key);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _cli.Dispose();
        _sandbox.Dispose();
    }

    [Theory]
    [InlineData("checkout.session.completed", "complete", "paid")]
    [InlineData("checkout.session.async_payment_succeeded", "complete", "paid")]
    [InlineData("checkout.session.async_payment_failed", "complete", "unpaid")]
    [InlineData("checkout.session.expired", "expired", "unpaid")]
    public async Task Trigger_causes_the_event(string type, string status, string paymentStatus)
    {
        var (exitCode, output) = await _cli.RunAsync(Cancellation, "trigger", type);

        Assert.True(exitCode == 0 && output.Contains("Trigger succeeded!", StringComparison.Ordinal), output);
        var events = await Eventually.GetAsync(_sandbox.EventTypesAsync, types => types.Contains(type), Cancellation);
        Assert.Single(events, type);
        var session = Assert.Single(await new SessionService(_sandbox.Stripe).ListAsync(cancellationToken: Cancellation));
        Assert.Equal((status, paymentStatus, 3000L), (session.Status, session.PaymentStatus, session.AmountTotal!.Value));
    }

    [Fact]
    public async Task Trigger_refunds_a_charge()
    {
        var (exitCode, output) = await _cli.RunAsync(Cancellation, "trigger", "charge.refunded");

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.refunded", "refund.created"],
            await _sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task Trigger_reports_what_the_sandbox_rejects()
    {
        var (exitCode, output) = await _cli.RunAsync(
            Cancellation, "trigger", "checkout.session.completed", "--override", "payment_page_confirm:expected_amount=1");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("The expected amount 1 does not match the amount of the Checkout Session, 3000.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listen_forwards_what_verifies_and_resend_forwards_it_again()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var listening = _cli.Start("listen", "--skip-update", "--all-snapshot", "--forward-to", receiver.Url);
        var ready = await listening.ReadUntilAsync(Cancellation, "Ready!");

        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session);
        var webhook = await receiver.NextAsync("checkout.session.completed");
        var forwarded = EventUtility.ConstructEvent(webhook.Body, webhook.Signature, SandboxServer.WebhookSecret);
        await listening.ReadUntilAsync(Cancellation, "[200]", forwarded.Id);
        var resent = await _cli.RunAsync(Cancellation, "events", "resend", forwarded.Id);
        var again = await receiver.NextAsync("checkout.session.completed");

        Assert.Contains($"[{StripeConfiguration.ApiVersion}]", ready, StringComparison.Ordinal);
        Assert.Contains(SandboxServer.WebhookSecret, ready, StringComparison.Ordinal);
        Assert.Equal(session.Id, ((Session)forwarded.Data.Object).Id);
        Assert.True(resent.ExitCode == 0, resent.Output);
        Assert.Equal(forwarded.Id, EventUtility.ConstructEvent(again.Body, again.Signature, SandboxServer.WebhookSecret).Id);
    }

    [Fact]
    public async Task Resend_reaches_the_named_endpoint_and_fails_if_no_CLI_listens()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await _sandbox.CreateAsync();
        var recorded = (await new EventService(_sandbox.Stripe).ListAsync(
            new EventListOptions { Type = "price.created" }, cancellationToken: Cancellation)).Data.Single();
        var endpoint = await new WebhookEndpointService(_sandbox.Stripe).CreateAsync(
            new WebhookEndpointCreateOptions { Url = receiver.Url, EnabledEvents = ["charge.refunded"] }, cancellationToken: Cancellation);

        var named = await _cli.RunAsync(Cancellation, "events", "resend", recorded.Id, $"--webhook-endpoint={endpoint.Id}");
        var webhook = await receiver.NextAsync("price.created");
        var unheard = await _cli.RunAsync(Cancellation, "events", "resend", recorded.Id);

        Assert.True(named.ExitCode == 0, named.Output);
        Assert.Equal(recorded.Id, EventUtility.ConstructEvent(webhook.Body, webhook.Signature, endpoint.Secret).Id);
        Assert.Contains("No `stripe listen` is connected to this sandbox.", unheard.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_the_sandbox_does_not_know_may_not_listen()
    {
        using var client = _sandbox.Authenticated();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sandbox/stripecli/subscribe?websocket_feature=webhooks");
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.Headers.Add("Sec-WebSocket-Protocol", "stripecli-devproxy-v1");
        request.Headers.Add("Websocket-Id", "cliws_unknown");
        using var response = await client.SendAsync(request, Cancellation);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("\"message\":\"Unknown WebSocket ID.\"", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }
}
