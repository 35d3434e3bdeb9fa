using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Faults.Tests;

public sealed class RedisFaultTests : FaultTest
{
    private IServer Server => At.Redis.Connection.GetServers()[0];

    [Fact]
    public async Task Redis_that_is_killed_under_load_keeps_every_acknowledged_event() =>
        await At.AwaitFulfilledOnceAsync(await KillUnderLoadAsync("always"));

    /// <summary>
    /// While Redis synchronizes its log in the background, it acknowledges for up to two seconds what it has not yet written to the log. Reconciliation finds
    /// at Stripe what a killed Redis has lost.
    /// </summary>
    [Fact]
    public async Task With_everysec_what_a_Redis_that_is_killed_under_load_loses_is_restored_from_Stripe()
    {
        var sold = await KillUnderLoadAsync("everysec", ("Worker__ReconcileInterval", "00:00:01"));

        At.Stripe.Lists = true;

        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("torn")]
    public async Task A_torn_append_only_file_contains_a_commit_completely_or_not_at_all(string tail)
    {
        // The merchant has made the effect. The commit is the last write in Redis's log.
        var killed = await StartWorkerAsync();
        var sold = await SellAndKillAfterEffectAsync(killed);
        var entry = Assert.Single(await At.Database.StreamRangeAsync(At.Partition.Events));

        // The leases of the killed worker would expire, and Redis would log that after the commit.
        await foreach (var key in At.Redis.Connection.GetServers()[0].KeysAsync(pattern: "co:*").WithCancellation(Cancellation))
        {
            if (await At.Database.KeyTimeToLiveAsync(key) < TimeSpan.FromMinutes(2))
            {
                await At.Database.KeyDeleteAsync(key);
            }
        }

        Assert.Equal(Outcome.Fulfilled, await At.Ledger.Transitions.FulfillAsync(sold[0], entry.Id, fence: 1));

        var log = await FindLogAsync();
        await At.Redis.KillAsync();
        await using (var file = log.Open(FileMode.Open))
        {
            if (tail == "cut")
            {
                file.SetLength(file.Length - 9);
            }
            else
            {
                // A write that was incomplete when the machine lost power.
                file.Seek(0, SeekOrigin.End);
                await file.WriteAsync("*4\r\n$4\r\nHSET\r\n$26\r\nco:{p0}:or"u8.ToArray(), Cancellation);
            }
        }

        await At.Redis.RestartAsync();
        var order = await At.AwaitAsync(() => At.FindAsync(sold[0]), found => found is not null);
        Assert.Equal(tail == "cut" ? OrderState.Claimed : OrderState.Fulfilled, order!.State);
        Assert.Equal(tail == "cut" ? 0 : 1, order.Fulfillments);
        Assert.Equal(tail == "cut" ? 1 : 0, (await At.AwaitAsync(At.BacklogAsync, backlog => backlog.Entries >= 0)).Entries);

        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Fact]
    public async Task A_commit_that_Redis_rejects_is_repeated_later()
    {
        var gate = new Gate();
        Merchant.BeforeEffect = call => call.Number == 1 ? gate.PassAsync() : Task.FromResult(true);
        await StartWorkerAsync(("Worker__Lease", "00:00:03"));
        var sold = await At.SellPaidAsync(1);
        await AwaitWaitingAsync(gate, 1);

        // The commit writes the order's hash with HSET. Scheduling a retry without the claim would not.
        await At.Database.ExecuteAsync("ACL", "SETUSER", "default", "-hset");
        gate.Open();
        await At.AwaitAsync(() => At.Database.ExecuteAsync("ACL", "LOG")!, log => log.Length > 0);
        await At.AwaitAsync(() => Task.FromResult(Merchant.Of(sold[0])), calls => calls.Count > 0);
        await At.Database.ExecuteAsync("ACL", "SETUSER", "default", "+hset");

        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Fact]
    public async Task Scripts_that_Redis_has_lost_are_loaded_again()
    {
        await StartWorkerAsync();
        var before = await At.SellPaidAsync(5);
        await At.AwaitFulfilledOnceAsync(before);

        await Server.ScriptFlushAsync();

        await At.AwaitFulfilledOnceAsync([.. before, .. await At.SellPaidAsync(5)]);
    }

    [Fact]
    public async Task When_Redis_is_out_of_memory_the_receiver_returns_503_and_the_worker_keeps_fulfilling()
    {
        var receiver = await StartReceiverAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var refused = await At.SellAsync();
        var owed = await At.SellPaidAsync(20);
        await stripe.DeliverAsync(StripeEvents.Checkout(await At.SellAsync(), HandledEvents.CheckoutExpired, "unpaid"), Cancellation);

        // A worker stamped this ledger before it stopped.
        await At.Database.HashSetAsync("co:ledger", "mode", "sandbox");
        await Server.ConfigSetAsync("maxmemory", 1);
        Assert.Equal(503, await stripe.TryDeliverAsync(StripeEvents.Checkout(refused), Cancellation));
        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(owed);
        Assert.Equal(503, await stripe.TryDeliverAsync(StripeEvents.Checkout(refused), Cancellation));

        await Server.ConfigSetAsync("maxmemory", 0);
        await stripe.DeliverAsync(StripeEvents.Checkout(refused), Cancellation);
        await At.AwaitFulfilledOnceAsync([.. owed, refused]);
        Assert.Equal(0, await At.Database.StreamLengthAsync(At.Partition.Dead));
    }

    /// <summary>Simulates a full disk: after a failed snapshot Redis rejects all writes (<c>MISCONF</c>) until a snapshot succeeds.</summary>
    [Fact]
    public async Task While_Redis_cannot_write_to_disk_the_receiver_returns_503_and_later_all_orders_are_fulfilled()
    {
        var receiver = await StartReceiverAsync();
        await StartWorkerAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => At.SellAsync()));
        await stripe.DeliverAsync(StripeEvents.Checkout(sold[0]), Cancellation);

        // Redis renames a finished snapshot to dump.rdb, which fails because a directory has that name.
        var inTheWay = Directory.CreateDirectory(Path.Combine(await FindDirectoryAsync(), "dump.rdb", "folder")).Parent!;
        await Server.ConfigSetAsync("save", "3600 1");
        await SaveAsync("err");
        Assert.Equal(503, await stripe.TryDeliverAsync(StripeEvents.Checkout(sold[1]), Cancellation));

        inTheWay.Delete(recursive: true);
        await SaveAsync("ok");
        await Task.WhenAll(sold.Select(session => stripe.DeliverAsync(StripeEvents.Checkout(session), Cancellation)));
        await At.AwaitFulfilledOnceAsync(sold);
    }

    /// <summary>Sells, kills Redis twice while the payments are delivered, and delivers the rest.</summary>
    private async Task<IReadOnlyList<string>> KillUnderLoadAsync(string fsync, params (string, string)[] settings)
    {
        var receiver = await StartReceiverAsync();
        await StartWorkerAsync(settings);
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => At.SellAsync()));
        await Server.ConfigSetAsync("appendfsync", fsync);

        var load = stripe.DeliverAllAsync(sold[2..], Cancellation);
        foreach (var (accepted, refused) in new[] { (30, sold[0]), (80, sold[1]) })
        {
            await At.AwaitAsync(() => Task.FromResult<int?>(stripe.Accepted), so => so > accepted);
            await At.Redis.KillAsync();
            Assert.Equal(503, await stripe.TryDeliverAsync(StripeEvents.Checkout(refused), Cancellation));
            await At.Redis.RestartAsync("--appendfsync", fsync);
        }

        await load;
        await stripe.DeliverAllAsync(sold[..2], Cancellation);
        return sold;
    }

    private async Task SaveAsync(string status)
    {
        await At.AwaitAsync(
            async () =>
            {
                await At.Database.ExecuteAsync("BGSAVE", "SCHEDULE");
                return (string?)await At.Database.ExecuteAsync("INFO", "persistence");
            },
            info => info!.Contains($"rdb_last_bgsave_status:{status}", StringComparison.Ordinal));
    }

    private async Task<string> FindDirectoryAsync() => Assert.Single(await Server.ConfigGetAsync("dir")).Value;

    /// <summary><c>appendonlydir/appendonly.aof.1.incr.aof</c> in the server's directory.</summary>
    private async Task<FileInfo> FindLogAsync()
    {
        return Assert.Single(new DirectoryInfo(Path.Combine(await FindDirectoryAsync(), "appendonlydir")).GetFiles("*.incr.aof"));
    }
}
