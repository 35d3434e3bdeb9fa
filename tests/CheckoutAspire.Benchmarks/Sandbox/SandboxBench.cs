using System.Collections.Concurrent;
using System.Diagnostics;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Sandbox;

/// <summary>The state of the sandbox after some minutes of load.</summary>
/// <param name="At">Since the load began.</param>
/// <param name="Megabytes">Its resident memory.</param>
/// <param name="DiskMegabytes">Its journal.</param>
/// <param name="Sold">Sessions created and paid so far.</param>
internal sealed record SandboxSample(TimeSpan At, double Megabytes, double DiskMegabytes, long Sold);

/// <summary>The results of the load.</summary>
/// <param name="PerSecond">Sessions created and paid a second.</param>
/// <param name="Create">Of <c>POST /v1/checkout/sessions</c>.</param>
/// <param name="Pay">Of the page's form, until the shop's receiver has the event.</param>
/// <param name="CpuPerThousand">Processor seconds of the sandbox for a thousand sessions.</param>
/// <param name="Delivered">Webhooks that the receiver got.</param>
/// <param name="Samples">The first one before the load.</param>
internal sealed record SandboxFigures(
    double PerSecond, Percentiles Create, Percentiles Pay, double CpuPerThousand, long Delivered, IReadOnlyList<SandboxSample> Samples);

/// <summary>The sandbox, with its journal and a receiver, while sessions are created and paid at a steady rate.</summary>
internal static class SandboxBench
{
    public static async Task<SandboxFigures> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var data = Layout.NewDirectory("sandbox-");
        await using var receiver = await CountingReceiver.StartAsync(cancellationToken);
        await using var sandbox = await Services.StartSandboxAsync(receiver.Url, data, cancellationToken);
        using var buyer = new Buyer(sandbox.Port);
        try
        {
            await SellAsync(buyer, options.SandboxRate, options.WarmUp, new Latencies(), cancellationToken);
            var latencies = new Latencies();
            var clock = Stopwatch.StartNew();
            List<SandboxSample> samples = [Sample(sandbox, data, clock.Elapsed, 0)];
            var cpu = sandbox.Process.Usage.Cpu;
            while (clock.Elapsed < options.SandboxTimed)
            {
                var left = options.SandboxTimed - clock.Elapsed;
                await SellAsync(
                    buyer, options.SandboxRate, left < TimeSpan.FromMinutes(1) ? left : TimeSpan.FromMinutes(1), latencies, cancellationToken);
                samples.Add(Sample(sandbox, data, clock.Elapsed, latencies.Count));
                var last = samples[^1];
                Progress.Say($"sandbox, {last.At:mm\\:ss}: {last.Sold / last.At.TotalSeconds:F0} sessions/s, {last.Megabytes:F0} MB, journal {last.DiskMegabytes:F0} MB");
            }

            return new SandboxFigures(
                latencies.Count / clock.Elapsed.TotalSeconds,
                Percentiles.Of(latencies.Create),
                Percentiles.Of(latencies.Pay),
                (sandbox.Process.Usage.Cpu - cpu).TotalSeconds / latencies.Count * 1000,
                receiver.Received,
                samples);
        }
        finally
        {
            await sandbox.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>One sale begins every <c>1/rate</c> seconds, whether the ones before it are done or not; then all are awaited.</summary>
    private static async Task SellAsync(Buyer buyer, int rate, TimeSpan duration, Latencies latencies, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var sales = new List<Task>();
        for (var sale = 0; clock.Elapsed < duration; sale++)
        {
            var wait = TimeSpan.FromSeconds((double)sale / rate) - clock.Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, cancellationToken);
            }

            sales.Add(buyer.BuyAsync(latencies, cancellationToken));
            if (sales.Count == rate)
            {
                // A failed sale throws here at once, and a finished one is released.
                await Task.WhenAll(sales.Where(sale => sale.IsCompleted));
                sales.RemoveAll(sale => sale.IsCompleted);
            }
        }

        await Task.WhenAll(sales);
    }

    private static SandboxSample Sample(Service sandbox, string data, TimeSpan at, long sold) => new(
        at,
        sandbox.Process.Usage.ResidentBytes / (1024.0 * 1024),
        new DirectoryInfo(data).EnumerateFiles().Sum(file => file.Length) / (1024.0 * 1024),
        sold);

    /// <summary>In milliseconds.</summary>
    internal sealed class Latencies
    {
        public ConcurrentBag<double> Create { get; } = [];

        public ConcurrentBag<double> Pay { get; } = [];

        public long Count => Pay.Count;
    }
}
