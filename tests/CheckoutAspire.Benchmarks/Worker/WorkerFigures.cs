using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Worker;

/// <summary>One worker's figures: of a round, or the medians of all.</summary>
/// <param name="Name">The contender.</param>
/// <param name="PerSecond">Orders fulfilled a second.</param>
/// <param name="Seconds">From the first look that found an order fulfilled to the one that found the last.</param>
/// <param name="CpuPerThousand">Seconds of processor time that the worker used for 1,000 orders, its start included.</param>
/// <param name="RedisCpuPerThousand">The same of Redis.</param>
/// <param name="ResidentMegabytes">The worker's memory at the end.</param>
internal sealed record WorkerFigures(
    string Name, double PerSecond, double Seconds, double CpuPerThousand, double RedisCpuPerThousand, double ResidentMegabytes)
{
    /// <summary>The slowest and the fastest round.</summary>
    public (double Min, double Max) Range { get; init; }

    public static WorkerFigures MedianOf(IReadOnlyList<WorkerFigures> rounds) => new(
        rounds[0].Name,
        Stats.Median(rounds.Select(round => round.PerSecond)),
        Stats.Median(rounds.Select(round => round.Seconds)),
        Stats.Median(rounds.Select(round => round.CpuPerThousand)),
        Stats.Median(rounds.Select(round => round.RedisCpuPerThousand)),
        Stats.Median(rounds.Select(round => round.ResidentMegabytes)))
    {
        Range = (rounds.Min(round => round.PerSecond), rounds.Max(round => round.PerSecond)),
    };
}
