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
            rounds.Add(await RunAsync(events, warmUp, options, fsync, cancellationToken));
            Progress.Say($"latency, {fsync}, round {round + 1}: p50 {rounds[^1].P50:F1} ms, p95 {rounds[^1].P95:F1} ms, p99 {rounds[^1].P99:F1} ms");
        }

        return Percentiles.MedianOf(rounds);
    }

    private static async Task<Percentiles> RunAsync(
        PreparedEvents events, int warmUp, BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync(fsync);
        await Backlog.RecordAsync(redis, 0, events.Count, cancellationToken);
        await using var receiver = await Services.StartReceiverAsync(redis, cancellationToken);
        await using var worker = await Services.StartWorkerAsync(redis, cancellationToken);

        await HttpLoad.RunAsync(
            receiver.Port, new LoadPlan(events, 0, warmUp, TimeSpan.MaxValue, PerSecond: options.Rate), cancellationToken);
        var result = await HttpLoad.RunAsync(
            receiver.Port, new LoadPlan(events, warmUp, events.Count - warmUp, TimeSpan.MaxValue, PerSecond: options.Rate), cancellationToken);
        if (result.Refused > 0)
        {
            throw new InvalidOperationException($"The receiver refused {result.Refused} events.");
        }

        var orders = new OrderLedger(redis.Connection, Backlog.Partitions);
        await Backlog.WhenFulfilledAsync(redis, events.Count, cancellationToken);
        var latencies = await Task.WhenAll(result.Answers.Select(async answer =>
        {
            var order = (await orders.FindAsync(PreparedEvents.SessionId(answer.Event)))!;
            var end = order.FulfilledAt!.Value.AddMilliseconds(1);
            return Math.Max((end - answer.AnsweredAt).TotalMilliseconds, 0);
        }));
        return Percentiles.Of(latencies);
    }
}
