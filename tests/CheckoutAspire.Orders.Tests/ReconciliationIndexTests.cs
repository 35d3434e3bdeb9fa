using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Which sessions reconciliation compares with Stripe again.</summary>
public sealed class ReconciliationIndexTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Every_session_that_is_overdue_waits_and_no_other_even_if_most_expired_in_the_same_second()
    {
        const int Overdue = 1_234;
        var ledger = new LedgerKit(redis.Server.Connection);
        var now = TimeProvider.System.GetUtcNow();
        var index = new ReconciliationIndex(redis.Server.Connection, ledger.Partitions);
        SortedSetEntry[] open =
        [
            new("cs_oldest", now.AddDays(-2).ToUnixTimeSeconds()),
            .. Enumerable.Range(0, Overdue - 1).Select(number => new SortedSetEntry($"cs_{number}", now.AddDays(-1).ToUnixTimeSeconds())),
            new("cs_just_expired", now.AddMinutes(-1).ToUnixTimeSeconds()),
            new("cs_open", now.AddMinutes(1).ToUnixTimeSeconds()),
        ];
        await redis.Server.Database.SortedSetAddAsync(ledger.Partitions.All[0].Open, open);

        await index.AddOverdueAsync(now);

        var waiting = await index.FindWaitingAsync(2 * Overdue);
        Assert.Equal(open.Take(Overdue).Select(entry => entry.Element.ToString()).Order(StringComparer.Ordinal), waiting.Order(StringComparer.Ordinal));
    }
}
