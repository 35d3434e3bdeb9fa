using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Consuming;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Worker.Tests;

public sealed class ReadPaceTests : WorkerTest
{
    private const int Workers = 4;

    [Fact]
    public void A_worker_that_often_finds_nothing_is_behind_until_it_finds_something()
    {
        var pace = new ReadPace();
        for (var read = 0; read < 7; read++)
        {
            pace.Note(0);
        }

        Assert.False(pace.IsBehind);
        pace.Note(0);
        Assert.True(pace.IsBehind);
        pace.Note(0);
        pace.Note(1);
        Assert.False(pace.IsBehind);
    }

    /// <summary>
    /// Each message reaches every worker. If each worker read for each message, there would be at least as many reads as workers for an event, and one more
    /// by the worker that got it. The workers' clock stands still: they read for messages only, and one that is behind does not read again, however slow the machine is.
    /// </summary>
    [Fact]
    public async Task Several_workers_do_not_all_read_for_each_event()
    {
        var workers = Enumerable.Range(0, Workers).Select(_ => new Host(Redis.ConnectionString, Time)).ToArray();
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
        var before = await CountReadsAsync();
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

        return (double)(await CountReadsAsync() - before) / Events;
    }

    private async Task<long> CountReadsAsync()
    {
        // The workers may not have read yet.
        var reads = (await Redis.Connection.GetServers()[0].InfoAsync("commandstats")).SelectMany(section => section)
            .SingleOrDefault(line => line.Key == "cmdstat_xreadgroup").Value;
        return reads is null ? 0 : long.Parse(reads.Split(',')[0].Split('=')[1], CultureInfo.InvariantCulture);
    }

    private sealed class Host(string redis, TimeProvider time) : WorkerHost(redis, settings: [("Worker:PollInterval", "00:01:00")])
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureServices(services =>
            {
                services.Remove(services.Single(service => service.ImplementationType == typeof(Reconciler)));
                services.AddSingleton(time);
            });
        }
    }
}
