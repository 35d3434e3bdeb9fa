using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Checkouts that are replaced while the buyer pays, or by several calls at once.</summary>
public sealed class ReplacementRaceTests(ReplacementShop shop) : ReplacementTest(shop)
{
    [Fact]
    public async Task A_checkout_that_the_buyer_has_paid_is_not_replaced_and_nothing_is_sold()
    {
        var old = await SellAsync();
        await PayAsync(Id(old));

        // The ledger does not know it yet, then it does.
        var before = await ErrorAsync(("replaces", Id(old)), ("quantity", 2));
        await Shop.Factory.ApplyAsync(Id(old), PaymentStatusChange.Paid);
        var after = await ErrorAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.All([before, after], error => Assert.Equal(("already_completed", "replaces"), (Text(error, "code"), Text(error, "param"))));
        Assert.Equal(Id(old), Assert.Single(await OwnSessionsAsync()).Id);
        Assert.Null((await OrderAsync(old)).ReplacedBy);
    }

    [Fact]
    public async Task Of_different_replacements_at_once_one_wins_and_the_others_learn_of_it()
    {
        var old = await SellAsync();

        var results = await Task.WhenAll(Enumerable.Range(2, 8).Select(quantity => TryAsync(
            ("replaces", Id(old)), ("quantity", quantity), ("idempotency_key", quantity % 2 == 0 ? Guid.NewGuid().ToString() : null))));

        var won = Assert.Single(results, result => !result.TryGetProperty("code", out _));
        Assert.All(results.Where(result => result.TryGetProperty("code", out _)), error => Assert.True(
            Text(error, "code") is "already_replaced" or "idempotency_in_flight", error.GetRawText()));
        Assert.Equal([Id(won)], (await OwnSessionsAsync()).Where(session => session.Status == "open").Select(session => session.Id));

        var late = await ErrorAsync(("replaces", Id(old)), ("quantity", 77));
        Assert.Equal("already_replaced", Text(late, "code"));
        Assert.Contains(Id(won), Text(late, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_replacement_at_once_and_again_is_one_checkout()
    {
        var old = await SellAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryAsync(("replaces", Id(old)), ("quantity", 2))));
        var again = await CallAsync(("replaces", Id(old)), ("quantity", 2));

        Assert.All(
            results.Where(result => result.TryGetProperty("code", out _)), error => Assert.Equal("idempotency_in_flight", Text(error, "code")));
        Assert.True(again.GetProperty("replayed").GetBoolean());
        Assert.All(results.Where(result => !result.TryGetProperty("code", out _)), result => Assert.Equal(Id(again), Id(result)));
        Assert.Equal(2, (await OwnSessionsAsync()).Count);
    }

    [Fact]
    public async Task A_payment_that_races_with_the_replacement_is_either_taken_or_the_page_is_closed()
    {
        var (paid, replaced) = (0, 0);
        for (var round = 0; round < 20; round++)
        {
            var old = await SellAsync(("client_reference_id", $"{Reference}-{round}"));
            var payment = Task.Run(() => TryPayAsync(Id(old)), Cancellation);
            var result = await TryAsync(("replaces", Id(old)), ("quantity", 2));
            var tookMoney = await payment;

            var open = (await OwnSessionsAsync($"{Reference}-{round}")).Where(session => session.Status == "open").Select(session => session.Id);
            if (tookMoney)
            {
                Assert.Equal("already_completed", Text(result, "code"));
                Assert.Empty(open);
                Assert.Null((await OrderAsync(old)).ReplacedBy);
                paid++;
            }
            else
            {
                Assert.Equal([Id(result)], open);
                Assert.Equal("unpaid", (await SessionAsync(Id(old))).PaymentStatus);
                Assert.Equal(Id(result), (await OrderAsync(old)).ReplacedBy);
                replaced++;
            }
        }

        Assert.Equal(20, paid + replaced);
        TestContext.Current.TestOutputHelper!.WriteLine($"{paid} were paid, {replaced} were replaced");
    }
}
