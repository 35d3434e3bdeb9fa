using System.Net;
using System.Text.RegularExpressions;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The ten orders of <c>docs/operators.md</c>: the page of each says what the document says.</summary>
public sealed partial class TenQuestionsTests : OperationsTest
{
    [Fact]
    public async Task Ten_questions_about_ten_orders_are_answered_by_their_pages()
    {
        await Redis.Database.HashSetAsync("co:ledger", "handlers", "mail,ship");
        await Ledger.Events.EnsureGroupAsync(Partition);
        var orders = new[]
        {
            await SellAsync(), await ApplyAsync(PaymentStatusChange.Processing), await HoldAsync(), await FailAsync(allowed: 1), await FailAsync(allowed: 40), await ParkAsync(),
            await ReturnAsync(ReturnKind.Dispute, "du_1", "needs_response", 9998), await ReturnAsync(ReturnKind.Refund, "re_1", "succeeded", 1000), await RejectAsync(),
            await ApplyAsync(PaymentStatusChange.Expired),
        };
        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");

        var guide = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operators.md"), Canceled);
        var answers = Answer().Matches(guide);
        Assert.Equal(orders.Length, answers.Count);
        foreach (var (id, answer) in orders.Zip(answers))
        {
            var number = (await Ledger.Orders.FindAsync(id))!.Number;
            using var found = await browser.GetAsync("/orders?q=" + number);
            Assert.Equal("/orders/" + id, found.Headers.Location?.OriginalString);

            // > **Given up.** Every attempt has failed. Fix the cause: the title, then sentences, in which an ellipsis stands for a time.
            var page = WebUtility.HtmlDecode(await browser.GetTextAsync("/orders/" + id));
            Assert.Contains($">{answer.Groups[1].Value}</h2>", page, StringComparison.Ordinal);
            foreach (var part in answer.Groups[2].Value.Split(["…", ". "], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.Contains(part, page, StringComparison.Ordinal);
            }
        }
    }

    private async Task<string> SellAsync() => (await Ledger.SellAsync()).SessionId;

    private async Task<string> ApplyAsync(PaymentStatusChange change)
    {
        var id = await SellAsync();
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, change), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        return id;
    }

    private async Task<string> FailAsync(int allowed)
    {
        var (id, entry, fence) = await ClaimAsync();
        await Ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence, attempt: 1, allowed, TimeSpan.FromHours(4), "The handler ship failed (HTTP 503).");
        return id;
    }

    private async Task<string> ParkAsync()
    {
        var (id, entry, fence) = await ClaimAsync();
        await new HandlerLedger(Redis.Connection).PauseAsync("mail", "Ann: stocktaking");
        await Ledger.Transitions.ParkAsync(Partition, entry, id, fence, attempts: 0, "It waits for the handler mail, which is paused.");
        return id;
    }

    private async Task<string> ReturnAsync(ReturnKind kind, string returnId, string status, long amount)
    {
        var id = await ApplyAsync(PaymentStatusChange.Paid);
        await Ledger.Transitions.RecordReturnAsync(id, LedgerKit.NoEntry, LedgerKit.Return(kind, returnId, status, amount));
        return id;
    }

    private async Task<string> RejectAsync()
    {
        var id = await HoldAsync(subtotal: 5000);
        await new OperatorLedger(Redis.Connection, Ledger.Partitions, Ledger.Orders).DecideAsync(id, approve: false, "Ann: not ours");
        return id;
    }

    private async Task<(string Id, StackExchange.Redis.RedisValue Entry, long Fence)> ClaimAsync()
    {
        var id = await SellAsync();
        var entry = await Ledger.AppendAsync(id, StripeEvents.Checkout(id));
        await Ledger.Events.ReadNewAsync(Partition, "consumer", 100);
        return (id, entry, (await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), entry, livemode: false, TimeSpan.FromMinutes(1))).Fence);
    }

    [GeneratedRegex(@"^> \*\*(.+?)\.\*\* (.+)$", RegexOptions.Multiline)]
    private static partial Regex Answer();
}
