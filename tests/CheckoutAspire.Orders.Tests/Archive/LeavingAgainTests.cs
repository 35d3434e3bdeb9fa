using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>
/// Orders that leave for the archive again right after a fact has brought them back: between the script that returns an order and the one that applies the fact,
/// the archiver of a worker may run.
/// </summary>
public sealed class LeavingAgainTests(ArchiveFixture fixture) : ArchiveTest(fixture)
{
    private const int Facts = 200;

    [Fact]
    public async Task A_payment_of_an_order_that_leaves_again_is_not_recorded_as_a_new_order()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger);

        var outcomes = await WhileItLeavesAsync(ledger, id, async () => (await ApplyAsync(ledger, LedgerKit.Fact(id))).Outcome);

        Assert.All(outcomes, outcome => Assert.Equal(Outcome.Duplicate, outcome));
        Assert.Equal(["created", "fulfilled"], (await FindAsync(ledger, id)).Timeline.Select(step => step.What));
    }

    [Fact]
    public async Task A_refund_of_an_order_that_leaves_again_is_recorded_with_the_order()
    {
        var ledger = await OpenAsync(ArchiveFixture.Sqlite);
        var id = await FulfillAsync(ledger);
        var number = 0;

        var outcomes = await WhileItLeavesAsync(
            ledger, id, () => RecordAsync(ledger, id, LedgerKit.Return(ReturnKind.Refund, $"re_{number++}_{id}", "succeeded", 1)));

        Assert.All(outcomes, outcome => Assert.Equal(Outcome.Recorded, outcome));
        var order = await FindAsync(ledger, id);
        Assert.Equal((Facts, 1), (order.AmountRefunded, order.Fulfillments));
    }

    /// <summary>Reports facts one after the other, while the order is archived again and again.</summary>
    private static async Task<IReadOnlyList<Outcome>> WhileItLeavesAsync(LedgerKit ledger, string id, Func<Task<Outcome>> report)
    {
        using var reported = new CancellationTokenSource();
        var leaving = Task.Run(
            async () =>
            {
                while (!reported.IsCancellationRequested)
                {
                    await ArchiveAsync(ledger, id);
                }
            },
            CancellationToken.None);
        var outcomes = new List<Outcome>();
        for (var fact = 0; fact < Facts; fact++)
        {
            outcomes.Add(await report());
        }

        await reported.CancelAsync();
        await leaving;
        return outcomes;
    }
}
