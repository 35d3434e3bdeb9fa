using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Consuming;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

public sealed class ReadPaceTests : WorkerTest
{
    private const int Workers = 4;

    [Fact]
    public void A_worker_that_often_finds_nothing_is_behind_until_it_finds_something()
    {
        var pace = new ReadPace(Time);
        for (var read = 0; read < 7; read++)
        {
            pace.NoteRead(0, messages: 1);
        }

        pace.NoteRead(0, messages: 0);
        Assert.False(pace.IsBehind);
        pace.NoteRead(0, messages: 1);
        Assert.True(pace.IsBehind);
        pace.NoteRead(0, messages: 1);
        pace.NoteRead(1, messages: 1);
        Assert.False(pace.IsBehind);
    }

    [Fact]
    public void A_worker_that_is_behind_leaves_the_channel_for_a_second_if_there_were_many_messages()
    {
        var pace = Behind();
        pace.NotePause(messages: 2);
        Assert.False(pace.IsAway);
        pace.NotePause(messages: 3);
        Assert.True(pace.IsAway);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((true, false), (pace.IsBehind, pace.IsAway));
    }

    /// <summary>An entry may have been appended just before the read.</summary>
    [Fact]
    public void A_worker_that_finds_entries_by_chance_remains_behind()
    {
        var pace = Behind();
        pace.NotePause(messages: 10);
        foreach (var messages in new[] { 10, 0, 0, 0, 10 })
        {
            pace.NoteEntries([Entry("1795600000000-0"), Entry("1795600000009-0")]);
            pace.NoteRead(2, messages);
        }

        pace.NoteRead(0, messages: 10);
        pace.NoteRead(1, messages: 10);
        pace.NoteRead(1, messages: 10);
        Assert.True(pace.IsAway);
    }

    [Fact]
    public void A_worker_that_finds_old_entries_or_many_or_some_each_time_is_not_behind_any_more()
    {
        var pace = Behind();
        pace.NotePause(messages: 10);
        pace.NoteEntries([Entry("1795600000000-0"), Entry("1795600000010-0")]);
        pace.NoteRead(2, messages: 0);
        Assert.Equal((false, false), (pace.IsBehind, pace.IsAway));

        pace = Behind();
        pace.NotePause(messages: 10);
        pace.NoteRead(31, messages: 0);
        Assert.Equal((true, true), (pace.IsBehind, pace.IsAway));
        pace.NoteRead(32, messages: 0);
        Assert.Equal((false, false), (pace.IsBehind, pace.IsAway));

        pace = Behind();
        pace.NotePause(messages: 10);
        pace.NoteRead(1, messages: 10);
        pace.NoteRead(1, messages: 10);
        pace.NoteRead(1, messages: 10);
        Assert.Equal((false, false), (pace.IsBehind, pace.IsAway));
    }

    /// <summary>
    /// Each message reaches every worker. If each worker read for each message, there would be at least as many reads as workers for an event, and one more
    /// by the worker that got it. The workers' clock stands still: they read for messages only, and one that is behind does not read again, however slow the machine is.
    /// </summary>
    [Fact]
    public async Task Several_workers_do_not_all_read_for_each_event()
    {
        var workers = Enumerable.Range(0, Workers).Select(_ => new StillWorkerHost(Redis.ConnectionString, Time)).ToArray();
        try
        {
            // In windows, because it takes a while until a worker is behind.
            await Eventually.GetAsync(MeasureAsync, reads => reads < Workers - 0.5, Canceled);
        }
        finally
        {
            await Task.WhenAll(workers.Select(worker => worker.DisposeAsync().AsTask()));
        }
    }

    /// <summary>How many reads an event costs, in a window of 40 events that come one after the other.</summary>
    private async Task<double> MeasureAsync()
    {
        const int Events = 40;
        var before = await Redis.CountCallsAsync("xreadgroup");
        for (var number = 0; number < Events; number++)
        {
            var sold = (await Ledger.SellAsync()).SessionId;
            await DeliverAsync(sold);

            // Without a pause, which the workers would use.
            while (await Ledger.Orders.FindAsync(sold) is not { State: OrderState.Fulfilled })
            {
                Canceled.ThrowIfCancellationRequested();
            }
        }

        return (double)(await Redis.CountCallsAsync("xreadgroup") - before) / Events;
    }

    private ReadPace Behind()
    {
        var pace = new ReadPace(Time);
        for (var read = 0; read < 8; read++)
        {
            pace.NoteRead(0, messages: 1);
        }

        return pace;
    }

    private static StreamEntry Entry(string id) => new(id, []);
}
