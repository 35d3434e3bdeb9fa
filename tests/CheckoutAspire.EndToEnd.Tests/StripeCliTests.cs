using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary><c>stripe listen</c> next to the sandbox's own deliveries, as developers run it before they use their Stripe account.</summary>
public sealed class StripeCliTests(Shop shop)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plain_trigger_belongs_to_another_integration_and_one_that_claims_to_be_ours_is_held()
    {
        using var cli = new StripeCommandLine(shop.StripeSandbox, RunningApplication.StripeKey);
        await using var listening = cli.Start("listen", "--skip-update", "--all-snapshot", "--forward-to", shop.WebhookEndpoint.ToString());
        await listening.ReadUntilAsync(Cancellation, "Ready!", RunningApplication.WebhookSecret);

        var foreign = await TriggerAsync(cli, listening);
        var ours = await TriggerAsync(
            cli,
            listening,
            "--override", "checkout_session:metadata.source=mcp_server",
            "--override", "checkout_session:metadata.deployment=local",
            "--override", "checkout_session:metadata.order_ref=triggered");

        // Each event was delivered twice: by the sandbox and by the CLI.
        Assert.All(await shop.OutcomesAsync(foreign, 2), outcome => Assert.Equal("foreign", outcome));
        Assert.Null(await shop.Ledger.Orders.FindAsync(foreign));
        // Anyone with the account's key can write our metadata, so it proves nothing.
        var outcomes = await shop.OutcomesAsync(ours, 2);
        Assert.Single(outcomes, outcome => outcome == "needs_review");
        Assert.All(outcomes, outcome => Assert.True(outcome is "needs_review" or "duplicate", outcome));
        Assert.Equal(0, (await shop.Ledger.Orders.FindAsync(ours))!.Fulfillments);
    }

    /// <summary>Triggers an event, and another one while Redis is slow: then the receiver answers 503, and the CLI does not deliver an event again.</summary>
    /// <returns>The session that the trigger created and paid.</returns>
    private async Task<string> TriggerAsync(StripeCommandLine cli, ChildProcess listening, params string[] overrides)
    {
        var (session, _) = await Eventually.GetAsync(() => TriggerOnceAsync(cli, listening, overrides), triggered => triggered.IsStored, Cancellation);
        return session;
    }

    private async Task<(string Session, bool IsStored)> TriggerOnceAsync(StripeCommandLine cli, ChildProcess listening, string[] overrides)
    {
        var (exitCode, output) = await cli.RunAsync(Cancellation, ["trigger", "checkout.session.completed", .. overrides]);
        Assert.True(exitCode == 0, output);
        var session = (await shop.Stripe.ListSessionsAsync())[0];
        var completed = Assert.Single(await shop.Stripe.ListEventsAsync(session), item => (string?)item["type"] == "checkout.session.completed");

        // <--  [200] POST http://localhost:5081/webhook/stripe [evt_1…]. The receiver answers 400 to an event that it cannot verify.
        var line = await listening.ReadUntilAsync(Cancellation, "] POST", (string)completed["id"]!);
        Assert.True(line.Contains("[200]", StringComparison.Ordinal) || line.Contains("[503]", StringComparison.Ordinal), line);
        return (session, line.Contains("[200]", StringComparison.Ordinal));
    }
}
