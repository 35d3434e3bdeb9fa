using System.Diagnostics;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Worker;

/// <summary>Each worker drains the same backlog, prepared once and copied for each round.</summary>
internal static class WorkerBench
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public static async Task<IReadOnlyList<WorkerFigures>> RunAsync(BenchOptions options, string fsync, CancellationToken cancellationToken)
    {
        WorkerContender[] contenders = [.. WorkerContender.All.Where(contender => options.Includes(contender.Name))];
        var data = new List<string>();
        try
        {
            foreach (var contender in contenders)
            {
                Progress.Say($"worker: preparing {options.Backlog:N0} entries for {contender.Name}");
                data.Add(await PrepareAsync(contender, options.Backlog, cancellationToken));
            }

            var rounds = contenders.Select(_ => new List<WorkerFigures>()).ToArray();
            for (var round = 0; round < options.Rounds; round++)
            {
                for (var turn = 0; turn < contenders.Length; turn++)
                {
                    var index = (round + turn) % contenders.Length;
                    var figures = await DrainAsync(contenders[index], data[index], options.Backlog, fsync, cancellationToken);
                    rounds[index].Add(figures);
                    Progress.Say($"worker, {fsync}, round {round + 1}: {figures.Name}: {figures.PerSecond:N0} orders/s, {figures.CpuPerThousand:F3} CPU s/1,000");
                }
            }

            return [.. rounds.Select(WorkerFigures.MedianOf)];
        }
        finally
        {
            data.ForEach(directory => Directory.Delete(directory, recursive: true));
        }
    }

    private static async Task<string> PrepareAsync(WorkerContender contender, int count, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync("no");
        await contender.PrepareAsync(redis, count, cancellationToken);
        return await redis.KeepAsync(cancellationToken);
    }

    private static async Task<WorkerFigures> DrainAsync(
        WorkerContender contender, string data, int count, string fsync, CancellationToken cancellationToken)
    {
        await using var redis = await BenchRedis.StartAsync(fsync, data);
        var redisBefore = redis.Usage;
        await using var process = contender.Start(redis);

        var clock = Stopwatch.StartNew();
        var (first, firstAt, fulfilled) = (0L, TimeSpan.Zero, 0L);
        while (fulfilled < count)
        {
            await Task.Delay(s_look, cancellationToken);
            fulfilled = count - await contender.LeftAsync(redis.Database);
            if (first == 0 && fulfilled > 0)
            {
                (first, firstAt) = (fulfilled, clock.Elapsed);
            }

            if (process.HasExited)
            {
                throw new InvalidOperationException($"{contender.Name} ended.{Environment.NewLine}{process.Tail}");
            }

            if (clock.Elapsed > s_patience)
            {
                throw new InvalidOperationException($"{contender.Name} fulfilled {fulfilled} of {count} orders in {s_patience}.");
            }
        }

        var elapsed = clock.Elapsed - firstAt;
        var (after, redisAfter) = (process.Usage, redis.Usage);
        if (await contender.CountCommitsAsync(redis.Database, count) is var commits && commits != count)
        {
            throw new InvalidOperationException($"{contender.Name} fulfilled {commits} times for {count} orders.");
        }

        return new WorkerFigures(
            contender.Name,
            (count - first) / elapsed.TotalSeconds,
            elapsed.TotalSeconds,
            after.Cpu.TotalSeconds / (count / 1000.0),
            (redisAfter.Cpu - redisBefore.Cpu).TotalSeconds / (count / 1000.0),
            after.ResidentBytes / (1024.0 * 1024));
    }
}
