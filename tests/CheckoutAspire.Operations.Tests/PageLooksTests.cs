using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>
/// The pages, on a small phone in dark mode and on a wide screen in light mode: axe has no finding, and nothing scrolls sideways. Pictures are kept in
/// <c>artifacts/screenshots</c>; <c>SCREENSHOTS=all</c> also takes the other two combinations, and the pages that look like another one.
/// </summary>
[Trait("loop", "long")]
public sealed class PageLooksTests(Browser browser) : BrowserTest(browser)
{
    [Fact]
    public async Task Every_page_is_accessible_and_fits_a_phone()
    {
        var (held, waiting, letter) = await PrepareAsync();
        var unpaid = (await Ledger.SellAsync()).SessionId;
        await Ledger.Transitions.RecordReturnAsync(unpaid, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 9998));
        await OpenAsync();
        await CheckAsync("sign-in");
        await Page.GetByLabel("Token").FillAsync(OperationsHost.Token);
        await Page.Keyboard.PressAsync("Enter");
        await AwaitSignedInAsync();
        (string Name, string Path)[] pages =
        [
            ("find", "/orders"), ("all", "/all?state=held&min=1"), ("needs-review", "/needs-review"), ("dead", "/dead"), ("dead-letter", $"/dead/0/{letter}"),
            ("handlers", "/handlers"), ("order-retry", "/orders/" + waiting), ("approve", $"/orders/{held}/approve"), ("refund", $"/orders/{held}/refund"),
            ("refund-confirm", $"/orders/{held}/refund/confirm"), ("not-found", "/orders/cs_unknown"),
        ];
        (string Name, string Path)[] similar =
        [
            ("find-nothing", "/orders?q=nothing-like-it"), ("owed", "/owed"), ("order-held", "/orders/" + held), ("reject", $"/orders/{held}/reject"),
            ("retry", $"/orders/{waiting}/retry"), ("reread", $"/orders/{waiting}/reread"), ("pause", "/handlers/ship/pause"), ("redrive", $"/dead/0/{letter}/redrive"),
            ("redrive-selected", $"/dead/selected?verb=redrive&letter=0/{letter}"), ("redrive-all", "/dead/all/redrive"), ("approve-all", "/needs-review/all/approve"),
            ("approve-unpaid", $"/orders/{unpaid}/approve"),
        ];
        foreach (var (name, path) in pages.Concat(TakesAll ? similar : []))
        {
            await GoToAsync(path);
            await CheckAsync(name);
        }

        await GoToAsync("/dead/all/dismiss?matching=nothing");
        await ConfirmAsync("Dismiss dead letters");
        await Page.GetByText("Done at").WaitForAsync();
        await CheckAsync("bulk");
    }

    /// <summary>A held order, an order whose attempt has failed, and a dead letter; and one handler that is paused.</summary>
    private async Task<(string Held, string Waiting, string Letter)> PrepareAsync()
    {
        await Redis.Database.HashSetAsync("co:ledger", "handlers", "license_keys,ship");
        var handlers = new HandlerLedger(Redis.Connection);
        await handlers.FailAsync("ship", "cs_test_1", "The handler ship failed (HTTP 503).", new PauseRule(10, 3, TimeSpan.Zero, TimeSpan.Zero), isProbe: false);
        await handlers.PauseAsync("license_keys", "Ann: stocktaking");
        var held = await HoldAsync();
        var waiting = (await Ledger.SellAsync()).SessionId;
        await Ledger.Events.EnsureGroupAsync(Partition);
        var entry = await Ledger.AppendAsync(waiting);
        await Ledger.Events.ReadNewAsync(Partition, "consumer", 100);
        var claim = await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(waiting), entry, livemode: false, TimeSpan.FromMinutes(1));
        await Ledger.Transitions.ScheduleRetryAsync(
            Partition, entry, waiting, claim.Fence, attempt: 1, allowed: 40, TimeSpan.FromHours(4), "The handler ship failed (HTTP 503).",
            new HandlerCall("ship", TimeSpan.FromMilliseconds(420)));
        return (held, waiting, await DeadLetterAsync((await Ledger.SellAsync()).SessionId));
    }
}
