using System.Diagnostics;
using System.Globalization;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;
using CheckoutAspire.Orders.Archive;

namespace CheckoutAspire.Benchmarks.Scale;

/// <summary>What many orders cost: memory, start, and the time of an event while Redis has few or many of them, or the archive has them.</summary>
internal static class ScaleBench
{
    private const int MostMeasured = 20_000;
    private static readonly TimeSpan s_idleWindow = TimeSpan.FromSeconds(20);

    public static async Task<ScaleFigures> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var directory = Layout.NewDirectory("archive-");
        try
        {
            var file = Path.Combine(directory, "orders.db");
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:archive", file)]).Build();
            await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddOrderArchive(configuration).BuildServiceProvider();
            var archive = services.GetRequiredService<IOrderArchive>();
            var figures = await MeasureAsync(archive, options, file, cancellationToken);
            return figures with
            {
                Times = [.. figures.Times, await MeasureManyAsync(archive, 5 * options.Orders, cancellationToken)],
                Idle = [await IdleAsync(1, cancellationToken), await IdleAsync(256, cancellationToken)],
            };
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<ScaleFigures> MeasureAsync(IOrderArchive archive, BenchOptions options, string file, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync("everysec");
        var ledger = new ScaleLedger(redis, archive);
        var (times, measured) = (new List<EventTime>(), Math.Min(MostMeasured, options.Orders / 10));
        async Task TimeAsync(int inRedis, int archived) => times.Add(await MeasureEventAsync(ledger, inRedis, archived, measured, cancellationToken));

        await ledger.FulfillAsync(1, cancellationToken);
        await ledger.RestartAsync(cancellationToken);
        var empty = await ledger.MemoryAsync();
        await TimeAsync(0, 0);

        Progress.Say($"scale: fulfilling {options.Orders:N0} orders");
        var before = await ledger.MemoryAsync();
        await ledger.FulfillAsync(options.Orders, cancellationToken);
        var hot = (await ledger.MemoryAsync() - before) / options.Orders;
        await TimeAsync(options.Orders, 0);
        var hotStart = await ledger.RestartAsync(cancellationToken);

        Progress.Say($"scale: {hot:N0} bytes for an order, start in {hotStart.TotalSeconds:F1} s; moving all orders to the archive");
        var perSecond = await ledger.ArchiveAsync(cancellationToken);
        var archived = options.Orders + (4 * measured) + 1;
        var archivedStart = await ledger.RestartAsync(cancellationToken);
        var archivedBytes = (await ledger.MemoryAsync() - empty) / archived;
        var fileBytes = (double)new FileInfo(file).Length / archived;
        await TimeAsync(0, options.Orders);

        await ledger.ArchiveAsync(cancellationToken);
        await ledger.ReplaceTombstonesAsync(5 * options.Orders, cancellationToken);
        await ledger.RestartAsync(cancellationToken);
        var manyBytes = (await ledger.MemoryAsync() - empty) / (5 * options.Orders);
        await TimeAsync(0, 5 * options.Orders);
        return new ScaleFigures(hot, archivedBytes, manyBytes, fileBytes, perSecond, hotStart, archivedStart, times, []);
    }

    /// <summary>The time of an event while Redis has many orders, none of which has left it.</summary>
    private static async Task<EventTime> MeasureManyAsync(IOrderArchive archive, int orders, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync("everysec");
        var ledger = new ScaleLedger(redis, archive);
        Progress.Say($"scale: fulfilling {orders:N0} orders");
        await ledger.FulfillAsync(orders, cancellationToken);
        return await MeasureEventAsync(ledger, orders, 0, Math.Min(MostMeasured, orders / 10), cancellationToken);
    }

    private static async Task<EventTime> MeasureEventAsync(ScaleLedger ledger, int inRedis, int archived, int measured, CancellationToken cancellationToken)
    {
        var time = new EventTime(
            inRedis, archived, await ledger.MeasureAsync(measured, recorded: true, cancellationToken), await ledger.MeasureAsync(measured, recorded: false, cancellationToken));
        Progress.Say($"scale: {inRedis:N0} orders in Redis, {archived:N0} archived: {time.Recorded:F1} µs for an event, {time.Unrecorded:F1} µs for one of an unknown order");
        return time;
    }

    /// <summary>What Redis executes for a worker that has nothing to do.</summary>
    private static async Task<(int Partitions, double PerSecond)> IdleAsync(int partitions, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync("everysec");
        await using var worker = await Services.StartWorkerAsync(redis, cancellationToken, partitions);
        var clock = Stopwatch.StartNew();
        await Task.Delay(s_idleWindow, cancellationToken);
        var (before, at) = (await CountAsync(redis), clock.Elapsed);
        await Task.Delay(s_idleWindow, cancellationToken);
        var perSecond = (await CountAsync(redis) - before) / (clock.Elapsed - at).TotalSeconds;
        Progress.Say($"scale: {perSecond:F1} commands a second of an idle worker with {partitions} partitions");
        return (partitions, perSecond);
    }

    private static async Task<long> CountAsync(RedisServer redis) => long.Parse(
        (await redis.Connection.GetServers()[0].InfoAsync("stats")).SelectMany(group => group).First(pair => pair.Key == "total_commands_processed").Value,
        CultureInfo.InvariantCulture);
}
