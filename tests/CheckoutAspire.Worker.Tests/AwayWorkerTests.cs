using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A worker that is behind leaves the channel whose messages report entries. Its clock stands still, unless the test moves it.</summary>
public sealed class AwayWorkerTests : WorkerTest
{
    private const int Workers = 4;
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Of_several_workers_under_load_one_receives_messages_and_when_it_stops_another_one_does()
    {
        // On a slow disk the events would be too few for a worker to leave the channel.
        await Redis.Database.ExecuteAsync("CONFIG", "SET", "appendfsync", "everysec");
        var sold = new List<string>();
        var handler = new RecordingHandler("ship");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Canceled);
        List<WorkerHost> workers = [.. Enumerable.Range(0, Workers).Select(_ => new WorkerHost(Redis.ConnectionString, handlers: handler))];
        try
        {
            await AwaitSubscribersAsync(Workers);
            var load = DeliverUntilAsync(sold, end.Token);
            for (; workers.Count > 1; workers.RemoveAt(0))
            {
                await AwaitSubscribersAsync(1);
                await workers[0].DisposeAsync();
            }

            await end.CancelAsync();
            await load;
            await AwaitDrainedAsync();
            await AwaitSubscribersAsync(1);
        }
        finally
        {
            await Task.WhenAll(workers.Select(worker => worker.DisposeAsync().AsTask()));
        }

        Assert.Equal(sold.Order(StringComparer.Ordinal), handler.Orders.Select(order => order.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_is_away_takes_what_the_others_leave()
    {
        await using var worker = await StartAwayAsync();
        var sold = (await Ledger.SellAsync()).SessionId;
        await DeliverAsync(sold);

        await WithinAbsenceAsync(() => Ledger.Orders.FindAsync(sold), order => order?.State is OrderState.Fulfilled);

        Assert.Equal(0, await CountSubscribersAsync());
    }

    [Fact]
    public async Task A_worker_that_is_away_subscribes_at_once_when_the_others_left_entries_for_a_while()
    {
        await using var worker = await StartAwayAsync();
        var entry = await DeliverAsync((await Ledger.SellAsync()).SessionId);
        var sold = (await Ledger.SellAsync()).SessionId;
        await Eventually.GetAsync(
            async () => (await Redis.Connection.GetServers()[0].TimeAsync()) - AppendedAt(entry), age => age > TimeSpan.FromMilliseconds(20), Canceled);
        await DeliverAsync(sold);

        await WithinAbsenceAsync(CountSubscribersAsync, subscribers => subscribers == 1);

        await AwaitAsync(sold, OrderState.Fulfilled);
    }

    [Fact]
    public async Task Without_messages_a_worker_that_was_away_subscribes_again_and_reads_nothing()
    {
        await using var worker = await StartAwayAsync();
        await Eventually.GetAsync(AdvanceAsync(CountSubscribersAsync), subscribers => subscribers == 1, Canceled);

        // It reads once after it has subscribed.
        await Eventually.GetAsync(ReadsOfStepsAsync, reads => reads == 0, Canceled);

        // And nothing is lost.
        var sold = (await Ledger.SellAsync()).SessionId;
        await DeliverAsync(sold);
        await Eventually.GetAsync(
            AdvanceAsync(() => Ledger.Orders.FindAsync(sold)), order => order?.State is OrderState.Fulfilled, Canceled);

        async Task<long> ReadsOfStepsAsync()
        {
            var (before, steps) = (await Redis.CountCallsAsync("xreadgroup"), 0);
            await Eventually.GetAsync(AdvanceAsync(() => Task.FromResult(++steps)), count => count == 20, Canceled);
            return await Redis.CountCallsAsync("xreadgroup") - before;
        }
    }

    [Fact]
    public async Task A_worker_that_is_away_takes_over_at_once_what_another_one_releases()
    {
        var sold = (await Ledger.SellAsync()).SessionId;
        await Ledger.Events.EnsureGroupAsync(Partition);
        var entry = await DeliverAsync(sold);
        await Ledger.Events.ReadNewAsync(Partition, "stopping", 1);
        await using var worker = await StartAwayAsync();

        await Ledger.Events.ReleaseAsync(Partition, "stopping", [entry], []);

        await AwaitAsync(sold, OrderState.Fulfilled);
    }

    /// <summary>A worker of an earlier version announces a release on the channel that was left.</summary>
    [Fact]
    public async Task A_worker_that_was_away_looks_within_a_poll_interval_for_releases_that_it_did_not_hear_of()
    {
        var ledger = new LedgerKit(Redis.Connection, partitions: 64);
        var sold = (await ledger.SellAsync()).SessionId;
        var partition = ledger.Partitions.Of(sold);
        await ledger.Events.EnsureGroupAsync(partition);
        var entry = await ledger.AppendAsync(sold, StripeEvents.Checkout(sold));
        await ledger.Events.ReadNewAsync(partition, "stopping", 1);
        await using var worker = await StartAwayAsync(partition, partitions: 64);

        await Redis.Database.ExecuteAsync("XCLAIM", partition.EventsName, "fulfillment", "stopping", "0", entry.ToString(), "IDLE", "86400000", "JUSTID");

        // After a minute of the worker's clock. One of 64 partitions is otherwise looked at after 64 minutes, which are more steps than the deadline allows.
        await Eventually.GetAsync(
            async () =>
            {
                await Redis.Connection.GetSubscriber().PublishAsync(partition.Signal, "");
                Time.Advance(TimeSpan.FromSeconds(1));
                return await ledger.Orders.FindAsync(sold);
            },
            order => order?.State is OrderState.Fulfilled,
            Canceled);
    }

    /// <summary>Starts a worker, and announces entries that another worker has taken until it leaves the channel.</summary>
    private async Task<StillWorkerHost> StartAwayAsync(LedgerPartition? partition = null, int partitions = 1)
    {
        partition ??= Partition;
        var worker = new StillWorkerHost(Redis.ConnectionString, Time, partitions);
        await AwaitSubscribersAsync(1, partition);
        await Eventually.GetAsync(
            async () =>
            {
                for (var message = 0; message < 4; message++)
                {
                    await Redis.Connection.GetSubscriber().PublishAsync(partition.Signal, "");
                }

                Time.Advance(TimeSpan.FromMilliseconds(20));
                return await CountSubscribersAsync(partition);
            },
            subscribers => subscribers == 0,
            Canceled);
        return worker;
    }

    /// <summary>Reads a value until the condition is met, and moves the clock by less than the worker stays away.</summary>
    private Task<T> WithinAbsenceAsync<T>(Func<Task<T>> read, Func<T, bool> condition)
    {
        var steps = 0;
        return Eventually.GetAsync(() => steps++ < 15 ? AdvanceAsync(read)() : read(), condition, Canceled);
    }

    private Func<Task<T>> AdvanceAsync<T>(Func<Task<T>> read) => () =>
    {
        Time.Advance(s_step);
        return read();
    };

    private async Task DeliverUntilAsync(List<string> sold, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            // About as fast as Redis stores them: each is announced.
            var id = (await Ledger.SellAsync()).SessionId;
            sold.Add(id);
            await DeliverAsync(id);
        }
    }

    private Task AwaitSubscribersAsync(int count, LedgerPartition? partition = null) =>
        Eventually.GetAsync(() => CountSubscribersAsync(partition), subscribers => subscribers == count, Canceled);

    private Task<long> CountSubscribersAsync() => CountSubscribersAsync(null);

    private Task<long> CountSubscribersAsync(LedgerPartition? partition) =>
        Redis.Connection.GetServers()[0].SubscriptionSubscriberCountAsync((partition ?? Partition).Signal);

    private static DateTime AppendedAt(RedisValue entry) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(entry.ToString().Split('-')[0], CultureInfo.InvariantCulture)).UtcDateTime;
}
