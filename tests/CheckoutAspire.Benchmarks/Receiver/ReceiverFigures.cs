using CheckoutAspire.Benchmarks.Report;

namespace CheckoutAspire.Benchmarks.Receiver;

/// <summary>One receiver's figures: of a round, or the medians of all.</summary>
/// <param name="Name">The contender.</param>
/// <param name="PerSecond">Events answered 200 a second.</param>
/// <param name="Latency">From sending an event to its answer.</param>
/// <param name="CpuPerThousand">Seconds of processor time that the receiver used for 1,000 events.</param>
/// <param name="RedisCpuPerThousand">The same of Redis.</param>
/// <param name="ResidentMegabytes">The receiver's memory when the load ended.</param>
internal sealed record ReceiverFigures(
    string Name, double PerSecond, Percentiles Latency, double CpuPerThousand, double RedisCpuPerThousand, double ResidentMegabytes)
{
    /// <summary>The slowest and the fastest round.</summary>
    public (double Min, double Max) Range { get; init; }

    public static ReceiverFigures MedianOf(IReadOnlyList<ReceiverFigures> rounds) => new(
        rounds[0].Name,
        Stats.Median(rounds.Select(round => round.PerSecond)),
        Percentiles.MedianOf([.. rounds.Select(round => round.Latency)]),
        Stats.Median(rounds.Select(round => round.CpuPerThousand)),
        Stats.Median(rounds.Select(round => round.RedisCpuPerThousand)),
        Stats.Median(rounds.Select(round => round.ResidentMegabytes)))
    {
        Range = (rounds.Min(round => round.PerSecond), rounds.Max(round => round.PerSecond)),
    };
}
