using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class EntryReaderTests : WorkerTest
{
    [Fact]
    public async Task A_backlog_is_read_over_several_connections_at_once()
    {
        var sold = (await Ledger.SellAsync()).SessionId;
        await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => DeliverAsync(sold)));

        await using var worker = new WorkerHost(Redis.ConnectionString);

        await AwaitDrainedAsync();
        Assert.Equal(1, (await AwaitAsync(sold, OrderState.Fulfilled)).Fulfillments);
        Assert.Equal(4, await CountReadersAsync());
    }

    [Fact]
    public async Task A_single_event_is_read_over_one_connection()
    {
        await using var worker = new WorkerHost(Redis.ConnectionString);
        var sold = (await Ledger.SellAsync()).SessionId;

        await DeliverAsync(sold);

        await AwaitAsync(sold, OrderState.Fulfilled);
        Assert.Equal(1, await CountReadersAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task A_worker_reads_no_more_entries_than_it_may_process_at_once(int concurrency)
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Ledger.SellAsync()));
        await Task.WhenAll(sold.Select(one => DeliverAsync(one.SessionId)));
        using var release = new CancellationTokenSource();
        var handler = new RecordingHandler("slow", async (_, _, canceled) =>
        {
            await Task.Delay(Timeout.Infinite, release.Token).WaitAsync(canceled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            canceled.ThrowIfCancellationRequested();
        });

        await using var worker = new WorkerHost(
            Redis.ConnectionString, settings: [("Worker:Concurrency", $"{concurrency}")], handlers: handler);

        await Eventually.GetAsync(() => Task.FromResult(handler.Orders.Count), called => called == concurrency, Canceled);
        Assert.Equal(concurrency, (await Redis.Database.StreamPendingAsync(Partition.Events, EventStream.Group)).PendingMessageCount);
        await release.CancelAsync();
        await AwaitDrainedAsync();
        Assert.All(await Task.WhenAll(sold.Select(one => AwaitAsync(one.SessionId, OrderState.Fulfilled))), order => Assert.Equal(1, order.Fulfillments));
    }

    /// <summary>Counts the connections whose last command was a read of new entries.</summary>
    private async Task<int> CountReadersAsync() => (await Redis.Connection.GetServers()[0].ClientListAsync()).Count(client => client.LastCommand == "xreadgroup");
}
