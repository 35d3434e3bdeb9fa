using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Only a crash counts against an entry: not a deployment, not the crash of another entry, not a long wait.</summary>
[Trait("loop", "long")]
public sealed class DeployTests : WorkerTest
{
    [Fact]
    public async Task Thirteen_deployments_while_the_merchant_hangs_count_against_no_order()
    {
        (string, string)[] settings = [("Worker:Lease", "01:00:00"), ("Worker:StopGrace", "00:00:00")];
        var hanging = new RecordingHandler("ship", (_, _, canceled) => Task.Delay(Timeout.Infinite, canceled));
        var sold = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Ledger.SellAsync()));
        await Task.WhenAll(sold.Select(order => DeliverAsync(order.SessionId)));
        for (var deployment = 1; deployment <= 13; deployment++)
        {
            await using var worker = new WorkerHost(Redis.ConnectionString, settings: settings, handlers: hanging);
            await Eventually.GetAsync(() => Task.FromResult(hanging.Orders.Count), calls => calls == 60 * deployment, Canceled);
        }

        var shipping = new RecordingHandler("ship");
        await using var last = new WorkerHost(Redis.ConnectionString, settings: settings, handlers: shipping);

        await AwaitDrainedAsync();
        Assert.Equal(60, shipping.Orders.Count);
        Assert.All(shipping.Orders, order => Assert.Equal(14, order.Fence));
        Assert.Equal(0, await Redis.Database.StreamLengthAsync(Partition.Dead));
    }

    [Fact]
    public async Task Entries_whose_workers_crashed_repeatedly_are_processed_one_at_a_time()
    {
        var (running, most) = (0, 0);
        var handler = new RecordingHandler("ship", async (_, _, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
        });
        await Ledger.Events.EnsureGroupAsync(Partition);
        var sold = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ledger.SellAsync()));
        foreach (var order in sold)
        {
            var entry = await DeliverAsync(order.SessionId);
            await Ledger.Events.ReadNewAsync(Partition, "crashed", 1);
            await Redis.Database.ExecuteAsync(
                "XCLAIM", Partition.Events.ToString(), EventStream.Group, "crashed", "0", entry.ToString(), "IDLE", "3600000", "RETRYCOUNT", "2");
        }

        // The worker's clock stands still: it waits for each entry as long as the machine takes, and not for two seconds.
        await using var worker = new StillHost(Redis.ConnectionString, Time, handler);

        await AwaitDrainedAsync();
        Assert.Equal((20, 1), (handler.Orders.Count, most));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_that_hangs_is_ended_and_its_attempt_counted(bool noticesCancellation)
    {
        var handler = new RecordingHandler(
            "ship", (_, call, canceled) => call > 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, noticesCancellation ? canceled : CancellationToken.None));
        await using var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:HandlerTimeout", "00:00:00.2")], handlers: handler);
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        // On a machine that stalls, a later attempt may exceed the limit too.
        var order = await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.StartsWith("attempt 1: ", order.Timeline.First(step => step.What == "postponed").Detail, StringComparison.Ordinal);
        await Eventually.GetAsync(
            () => Task.FromResult(handler.Orders.Select(attempt => attempt.Fence).ToArray()), fences => fences.Contains(1) && fences.Contains(2), Canceled);
    }

    [Fact]
    public async Task An_entry_that_waits_for_Stripe_longer_than_a_lease_is_not_taken_over()
    {
        await Redis.Database.StringSetAsync(Partition.Epoch, "1 0123456789abcdef0123456789abcdef01234567 0");
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var stripe = await StripeListStub.StartAsync();
        stripe.BeforeAnswer = path =>
        {
            if (!path.Contains("/sessions/", StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            asked.TrySetResult();
            return answer.Task;
        };
        await using var first = new WorkerHost(Redis.ConnectionString, stripe.Address, Settings("00:00:00.1"));
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), Canceled);
        await using var second = new WorkerHost(Redis.ConnectionString, stripe.Address, Settings("00:00:05"));

        // Kept for more than seven seconds, by looks that are a tenth of a second apart. The second worker would take it over after six: a machine may stall for less.
        await Eventually.GetAsync(() => Redis.CountCallsAsync("xclaim"), calls => calls > 70, Canceled);
        var pending = Assert.Single(await Redis.Database.StreamPendingMessagesAsync(Partition.Events, EventStream.Group, 10, RedisValue.Null));
        Assert.Equal(1, pending.DeliveryCount);
        answer.SetResult();

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);

        static (string, string)[] Settings(string lease) => [("Worker:Lease", lease), ("Worker:ReconcileInterval", "1.00:00:00")];
    }

    /// <summary>A worker whose clock the test moves.</summary>
    private sealed class StillHost(string redis, TimeProvider time, RecordingHandler handler) : WorkerHost(redis, handlers: handler)
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureServices(services => services.AddSingleton(time));
        }
    }
}
