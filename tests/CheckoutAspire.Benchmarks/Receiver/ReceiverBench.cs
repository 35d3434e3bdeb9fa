using CheckoutAspire.Benchmarks.Load;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Receiver;

/// <summary>The same load on each receiver: a process and a Redis of its own each round, warmed up, then timed.</summary>
internal static class ReceiverBench
{
    /// <summary>More than any receiver on two cores takes; should one take more, its round ends with the last event.</summary>
    private const int PerSecondAtMost = 40_000;

    /// <summary>The warm-up's own, sent again and again.</summary>
    private const int WarmUpEvents = 10_000;

    public static async Task<IReadOnlyList<ReceiverFigures>> RunAsync(BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        var events = new PreparedEvents(WarmUpEvents + (int)(options.Timed.TotalSeconds * PerSecondAtMost));
        ReceiverContender[] contenders = [.. ReceiverContender.All.Where(contender => options.Includes(contender.Name))];
        var rounds = contenders.Select(_ => new List<ReceiverFigures>()).ToArray();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < contenders.Length; turn++)
            {
                // Each round begins with another.
                var index = (round + turn) % contenders.Length;
                events.Sign();
                var figures = await RunAsync(contenders[index], events, options, fsync, cancellationToken);
                rounds[index].Add(figures);
                Progress.Say($"receiver, {fsync}, round {round + 1}: {figures.Name}: {figures.PerSecond:N0} events/s, {figures.CpuPerThousand:F3} CPU s/1,000");
            }
        }

        return [.. rounds.Select(ReceiverFigures.MedianOf)];
    }

    private static async Task<ReceiverFigures> RunAsync(
        ReceiverContender contender, PreparedEvents events, BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync(fsync);
        await using var service = await contender.StartAsync(redis, cancellationToken);
        var warm = await HttpLoad.RunAsync(service.Port, new LoadPlan(events, 0, WarmUpEvents, options.WarmUp, Repeated: true), cancellationToken);

        var (before, redisBefore) = (service.Process.Usage, redis.Usage);
        var result = await HttpLoad.RunAsync(
            service.Port, new LoadPlan(events, WarmUpEvents, events.Count - WarmUpEvents, options.Timed), cancellationToken);
        var (after, redisAfter) = (service.Process.Usage, redis.Usage);

        var stored = await contender.CountAsync(redis.Database);
        var accepted = warm.Answers.Count + result.Answers.Count;
        if (warm.Refused + result.Refused > 0 || stored != accepted)
        {
            throw new InvalidOperationException(
                $"{contender.Name} answered {accepted} events 200 and {warm.Refused + result.Refused} otherwise, and stored {stored}.");
        }

        var thousands = result.Answers.Count / 1000.0;
        return new ReceiverFigures(
            contender.Name,
            result.PerSecond,
            Percentiles.Of(result.Answers.Select(answer => answer.Elapsed.TotalMilliseconds)),
            (after.Cpu - before.Cpu).TotalSeconds / thousands,
            (redisAfter.Cpu - redisBefore.Cpu).TotalSeconds / thousands,
            after.ResidentBytes / (1024.0 * 1024));
    }
}
