using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

public sealed class ReconciliationLeaseTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_duration = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_worker_that_missed_the_reply_takes_its_own_lease_again_and_no_other_worker_does()
    {
        var (holder, other) = (new ReconciliationLease(redis.Server.Connection), new ReconciliationLease(redis.Server.Connection));
        Assert.True(await holder.TryTakeAsync(s_duration));

        Assert.True(await holder.TryTakeAsync(s_duration));
        Assert.False(await other.TryTakeAsync(s_duration));

        await holder.ReleaseAsync();
        Assert.True(await other.TryTakeAsync(s_duration));
    }
}
