using System.Diagnostics;
using CheckoutAspire.Benchmarks.Load;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;
using CheckoutAspire.Benchmarks.Worker;

namespace CheckoutAspire.Benchmarks.Soak;

/// <summary>Resident memory at one moment, in megabytes.</summary>
/// <param name="At">Since the load began.</param>
/// <param name="Receiver">The receiver's.</param>
/// <param name="Worker">The worker's.</param>
/// <param name="Redis">Redis's, which keeps every order.</param>
/// <param name="Events">Events sent so far.</param>
internal sealed record MemorySample(TimeSpan At, double Receiver, double Worker, double Redis, long Events);

/// <summary>Receiver and worker at a steady rate, and their memory.</summary>
internal static class SoakBench
{
    private const int SliceSeconds = 10;

    public static async Task<IReadOnlyList<MemorySample>> RunAsync(TimeSpan duration, BenchOptions options, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync("everysec", rewrites: true);
        await using var receiver = await Services.StartReceiverAsync(redis, cancellationToken);
        await using var worker = await Services.StartWorkerAsync(redis, cancellationToken);

        var samples = new List<MemorySample>();
        var clock = Stopwatch.StartNew();
        var perSlice = options.Rate * SliceSeconds;
        for (var sent = 0; clock.Elapsed < duration; sent += perSlice)
        {
            await Backlog.RecordAsync(redis, sent, perSlice, cancellationToken);
            var events = new PreparedEvents(perSlice, sent);
            events.Sign();
            var result = await HttpLoad.RunAsync(
                receiver.Port, new LoadPlan(events, 0, perSlice, TimeSpan.MaxValue, PerSecond: options.Rate), cancellationToken);
            if (result.Refused > 0)
            {
                throw new InvalidOperationException($"The receiver refused {result.Refused} events.");
            }

            samples.Add(new MemorySample(
                clock.Elapsed, Megabytes(receiver.Process.Usage), Megabytes(worker.Process.Usage), Megabytes(redis.Usage), sent + perSlice));
            var last = samples[^1];
            Progress.Say($"soak, {last.At:mm\\:ss}: receiver {last.Receiver:F0} MB, worker {last.Worker:F0} MB, Redis {last.Redis:F0} MB");
        }

        await Backlog.WhenFulfilledAsync(redis, samples[^1].Events, cancellationToken);
        return samples;
    }

    private static double Megabytes(ProcessUsage usage) => usage.ResidentBytes / (1024.0 * 1024);
}
