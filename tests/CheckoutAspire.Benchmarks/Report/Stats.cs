namespace CheckoutAspire.Benchmarks.Report;

/// <summary>Medians and percentiles.</summary>
internal static class Stats
{
    public static double Median(IEnumerable<double> values) => Percentile([.. values.Order()], 0.5);

    /// <summary>By linear interpolation between the ranks.</summary>
    /// <param name="sorted">Ascending; not empty.</param>
    /// <param name="share">0.99 for p99.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double share)
    {
        var rank = share * (sorted.Count - 1);
        var below = (int)rank;
        return below + 1 == sorted.Count ? sorted[below] : sorted[below] + ((rank - below) * (sorted[below + 1] - sorted[below]));
    }
}

/// <summary>Three percentiles, in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P95, double P99)
{
    public static Percentiles Of(IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return new(Stats.Percentile(sorted, 0.50), Stats.Percentile(sorted, 0.95), Stats.Percentile(sorted, 0.99));
    }

    public static Percentiles MedianOf(IReadOnlyList<Percentiles> rounds) => new(
        Stats.Median(rounds.Select(round => round.P50)),
        Stats.Median(rounds.Select(round => round.P95)),
        Stats.Median(rounds.Select(round => round.P99)));
}
