using CheckoutAspire.Operations.Status;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The page of the system's state in a real browser.</summary>
[Trait("loop", "long")]
public sealed class StatusPageTests(Browser browser) : BrowserTest(browser)
{
    [Fact]
    public async Task An_operator_sees_the_state_of_the_system_which_updates_itself()
    {
        var id = await HoldAsync();
        await FillStatusAsync();
        await SignInAsync();

        // From here on the page's timers run when the test says so.
        await Page.Clock.InstallAsync();
        await GoToAsync("/status");
        await Expect(Page.Locator("main")).ToContainTextAsync("1 order waits for an operator's decision.");

        // The page replaces nothing while the focus is among the figures.
        await Page.Locator("summary").FocusAsync();
        await CheckAsync("status");
        await Page.EvaluateAsync("document.activeElement.blur()");

        await new OperatorLedger(Redis.Connection, Ledger.Partitions, Ledger.Orders).DecideAsync(id, approve: false, "Ann: refunded");
        await Eventually.GetAsync(
            async () =>
            {
                await Page.Clock.FastForwardAsync(5000);
                return await Page.Locator("#live").InnerTextAsync();
            },
            text => !text.Contains("waits for an operator's decision", StringComparison.Ordinal) || text.Contains("Alerts that have ended", StringComparison.Ordinal),
            Canceled);

        await PressAsync(Page.Locator("summary"));
        await Expect(Page.GetByRole(AriaRole.Columnheader, new() { Name = "Redis memory" })).ToBeAttachedAsync();
        await PressAsync(Page.GetByRole(AriaRole.Button, new() { Name = "Pause updates" }));
        await Expect(Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Updates are paused.");
    }

    /// <summary>The samples of six hours, with an outage in the middle, and what workers report.</summary>
    private async Task FillStatusAsync()
    {
        var (now, samples, reports) = (TimeProvider.System.GetUtcNow(), new StatusSamples(Redis.Connection), new ServiceReports(Redis.Connection));
        await Task.WhenAll(Enumerable.Range(1, 359).Where(minute => minute is < 200 or > 220).Select(minute => samples.AddAsync(new Sample(
            now.AddMinutes(-minute), minute is > 100 and < 160 ? 160 - minute : 0, minute is > 100 and < 160 ? (160 - minute) * 60 : minute % 3, minute / 60, minute / 90,
            minute < 90 ? 1 : 0, minute < 150 ? 2 : 0, ((360 - minute) * 4) - (minute / 7 % 3), 1_500_000 + ((360 - minute) * 1_000L), minute / 100))));
        await Task.WhenAll(
            reports.AddFulfilledAsync(1440),
            reports.SetPassedAsync("sessions", now.AddMinutes(-2)),
            reports.SetPassedAsync("refunds", now.AddMinutes(-40)),
            reports.SetFailedAsync("refunds", "401 invalid_api_key", now.AddMinutes(-1)),
            reports.SetSignatureVerifiedAsync(now.AddMinutes(-3)),
            reports.AddFindingAsync(new ReportedFinding(now.AddHours(-2), "sessions", "checkout.session.completed", LedgerKit.NewSessionId())));
    }
}
