using CheckoutAspire.Orders.Partitions;

namespace CheckoutAspire.Operations.Status;

/// <summary>What follows from samples: how fast orders are fulfilled, and when memory is full.</summary>
internal static class Trends
{
    private const int LeastForForecast = 30;

    /// <summary>Orders fulfilled per minute since the first of these samples; null without samples. A count that began anew counts as nothing.</summary>
    public static double? FulfilledPerMinute(IReadOnlyList<Sample> samples, SystemStatus now)
    {
        if (samples.Count == 0)
        {
            return null;
        }

        var minutes = Math.Max(1, (now.ReadAt - samples[0].At).TotalMinutes);
        return Math.Max(0, now.Reports.Fulfilled - samples[0].Fulfilled) / minutes;
    }

    /// <summary>
    /// How long until memory is full, if it grows on as it did: the line of least squares through the samples. Null if it does not grow, if its limit is unknown,
    /// or if there are fewer than 30 samples.
    /// </summary>
    public static TimeSpan? UntilMemoryIsFull(IReadOnlyList<Sample> samples, MemoryFigures? memory)
    {
        if (memory is not { Limit: > 0 } || samples.Count < LeastForForecast)
        {
            return null;
        }

        var minutes = samples.Select(sample => (sample.At - samples[0].At).TotalMinutes).ToArray();
        var bytes = samples.Select(sample => (double)sample.MemoryBytes).ToArray();
        var (meanMinute, meanBytes) = (minutes.Average(), bytes.Average());
        var spread = minutes.Sum(minute => (minute - meanMinute) * (minute - meanMinute));
        var perMinute = minutes.Zip(bytes, (minute, used) => (minute - meanMinute) * (used - meanBytes)).Sum() / spread;
        var left = (memory.Limit - memory.Used) / perMinute;
        return perMinute <= 0 || left > TimeSpan.FromDays(10 * 365).TotalMinutes ? null : TimeSpan.FromMinutes(Math.Max(0, left));
    }
}
