using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

public sealed class StripeBudgetTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Two_processes_share_one_rate()
    {
        await using var other = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString);
        StripeBudget[] budgets = [new(redis.Server.Connection), new(other)];

        var waits = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            waits.Add((await budgets[i % 2].ReserveAsync("two", perSecond: 10)).TotalMilliseconds);
        }

        // Two may come at once; the others are a tenth of a second apart, whoever asks. Reserving them takes a moment itself.
        Assert.Equal([0, 0], waits[..2]);
        Assert.InRange(waits[^1], 3000, 3800);
        Assert.All(waits.Skip(4).Zip(waits.Skip(3)), pair => Assert.InRange(pair.First - pair.Second, 0, 101));
    }

    [Fact]
    public async Task A_share_does_not_use_another_one()
    {
        var budget = new StripeBudget(redis.Server.Connection);
        for (var i = 0; i < 20; i++)
        {
            await budget.ReserveAsync("busy", perSecond: 1);
        }

        Assert.Equal(TimeSpan.Zero, await budget.ReserveAsync("idle", perSecond: 1));
    }

    [Fact]
    public async Task Reservations_from_before_the_clock_was_set_back_are_void()
    {
        await redis.Server.Database.StringSetAsync("co:ledger:stripe:back", TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());

        Assert.InRange(await new StripeBudget(redis.Server.Connection).ReserveAsync("back", perSecond: 1), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
