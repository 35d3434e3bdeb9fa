using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary><c>stripe listen</c> beside the sandbox's own deliveries, as a developer runs it before he goes to his Stripe account.</summary>
public sealed class StripeCliTests(Shop shop)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plain_trigger_is_another_integration_s_and_one_with_our_metadata_is_fulfilled()
    {
        using var cli = new StripeCommandLine(new Uri(shop.Topology.StripeSandbox), shop.Application.Configuration.Values["STRIPE_SECRET_KEY"]);
        using var listening = cli.Start("listen", "--skip-update", "--all-snapshot", "--forward-to", shop.Topology.WebhookEndpoint);
        await listening.ReadUntilAsync(Cancellation, "Ready!", shop.Application.Configuration.Values["STRIPE_WEBHOOK_SECRET"]);

        var foreign = await TriggerAsync(cli, listening);
        var ours = await TriggerAsync(
            cli,
            listening,
            "--override", "checkout_session:metadata.source=mcp_server",
            "--override", "checkout_session:metadata.deployment=local",
            "--override", "checkout_session:metadata.order_ref=triggered");

        // Each event came twice: from the sandbox, and by the CLI.
        Assert.Equal(["foreign", "foreign"], await shop.OutcomesAsync(foreign, 2));
        Assert.Null(await shop.Ledger.Orders.FindAsync(foreign));
        Assert.Equal(["duplicate", "fulfilled"], await shop.OutcomesAsync(ours, 2));
        await shop.AssertFulfilledOnceAsync(ours);
    }

    /// <returns>The session that the trigger made and paid.</returns>
    private async Task<string> TriggerAsync(StripeCommandLine cli, StripeCommandLine.Command listening, params string[] overrides)
    {
        var (exitCode, output) = await cli.RunAsync(Cancellation, ["trigger", "checkout.session.completed", .. overrides]);
        Assert.True(exitCode == 0, output);
        var session = (await shop.Stripe.ListSessionsAsync())[0];
        var completed = Assert.Single(await shop.Stripe.ListEventsAsync(session), item => (string?)item["type"] == "checkout.session.completed");

        // <--  [200] POST http://localhost:5081/webhook/stripe [evt_1…]: what the receiver does not verify it answers 400.
        await listening.ReadUntilAsync(Cancellation, "[200] POST", (string)completed["id"]!);
        return session;
    }
}
