using CheckoutAspire.Benchmarks.Load;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;
using CheckoutAspire.Benchmarks.Worker;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Benchmarks.Latency;

/// <summary>
/// The latency from 200 to fulfilled, at a steady rate that does not wait for responses. The 200's time is this process's, the fulfillment's
/// is Redis's, by the same machine's clock. Redis gives whole milliseconds, so the end of that millisecond counts; an order
/// that was fulfilled before its 200 had been read counts as 0.
/// </summary>
internal static class LatencyBench
{
    public static async Task<Percentiles> RunAsync(BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        var warmUp = (int)(options.WarmUp.TotalSeconds * options.Rate);
        var events = new PreparedEvents(warmUp + (int)(options.LatencyTimed.TotalSeconds * options.Rate));
        var rounds = new List<Percentiles>();
        for (var round = 0; round < options.Rounds; round++)
        {
            events.Sign();
            var (latency, cpu) = await RunAsync(events, warmUp, options, fsync, cancellationToken);
            rounds.Add(latency);
            Progress.Say($"latency, {fsync}, round {round + 1}: p50 {latency.P50:F1} ms, p95 {latency.P95:F1} ms, p99 {latency.P99:F1} ms; workers: {options.Workers}, {cpu:F3} CPU s/1,000");
        }

        return Percentiles.MedianOf(rounds);
    }

    /// <summary>The latency, and the processor time of all workers for a thousand orders after the warm-up.</summary>
    private static async Task<(Percentiles Latency, double Cpu)> RunAsync(
        PreparedEvents events, int warmUp, BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync(fsync);
        await Backlog.RecordAsync(redis, 0, events.Count, cancellationToken);
        await using var receiver = await Services.StartReceiverAsync(redis, cancellationToken);
        var workers = await Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => Services.StartWorkerAsync(redis, cancellationToken)));
        try
        {
            return await MeasureAsync(redis, receiver, workers, events, warmUp, options, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(workers.Select(worker => worker.DisposeAsync().AsTask()));
        }
    }

    private static async Task<(Percentiles Latency, double Cpu)> MeasureAsync(
        RedisServer redis, Service receiver, Service[] workers, PreparedEvents events, int warmUp, BenchOptions options, CancellationToken cancellationToken)
    {
        await HttpLoad.RunAsync(
            receiver.Port, new LoadPlan(events, 0, warmUp, TimeSpan.MaxValue, PerSecond: options.Rate), cancellationToken);
        var cpuBefore = workers.Sum(worker => worker.Process.Usage.Cpu.TotalSeconds);
        var result = await HttpLoad.RunAsync(
            receiver.Port, new LoadPlan(events, warmUp, events.Count - warmUp, TimeSpan.MaxValue, PerSecond: options.Rate), cancellationToken);
        if (result.Refused > 0)
        {
            throw new InvalidOperationException($"The receiver refused {result.Refused} events.");
        }

        var orders = new OrderLedger(redis.Connection, Backlog.Partitions);
        await Backlog.WhenFulfilledAsync(redis, events.Count, cancellationToken);
        var cpu = workers.Sum(worker => worker.Process.Usage.Cpu.TotalSeconds) - cpuBefore;
        var latencies = await Task.WhenAll(result.Answers.Select(async answer =>
        {
            var order = (await orders.FindAsync(PreparedEvents.SessionId(answer.Event)))!;
            var end = order.FulfilledAt!.Value.AddMilliseconds(1);
            return Math.Max((end - answer.AnsweredAt).TotalMilliseconds, 0);
        }));
        return (Percentiles.Of(latencies), cpu / ((events.Count - warmUp) / 1000.0));
    }
}
