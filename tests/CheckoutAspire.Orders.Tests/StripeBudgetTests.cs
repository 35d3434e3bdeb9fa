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

        var reserved = new List<(double NotBefore, double NotAfter, double Wait)>();
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 2 || reserved.Count(request => request.Wait > 0) < 50; i++)
        {
            var before = TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
            var wait = (await budgets[i % 2].ReserveAsync("two", perSecond: 10)).TotalMilliseconds;
            reserved.Add((before + wait, TimeProvider.System.GetElapsedTime(started).TotalMilliseconds + wait, wait));
        }

        // Two requests may be sent at once. The others are at least a tenth of a second apart, for both processes together. The script's clock
        // is read between the two times that surround it, and counts whole milliseconds. After a pause of this process, two may be sent at once again.
        Assert.Equal([0, 0], reserved[..2].Select(request => request.Wait));
        Assert.All(
            reserved.Skip(1).Zip(reserved).Where(pair => pair is { First.Wait: > 0, Second.Wait: > 0 }),
            pair => Assert.True(pair.First.NotAfter - pair.Second.NotBefore >= 98, $"{pair.Second} and {pair.First} are too close."));
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
