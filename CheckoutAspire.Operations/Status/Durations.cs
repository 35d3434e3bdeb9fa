using System.Globalization;

namespace CheckoutAspire.Operations.Status;

/// <summary>Durations as people read them.</summary>
internal static class Durations
{
    /// <summary>For example <c>45 seconds</c>, <c>12 minutes</c>, <c>3 hours 20 minutes</c>, <c>2 days 4 hours</c>.</summary>
    public static string Text(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => "0 seconds",
        { TotalMinutes: < 1 } => Count(duration.Seconds, "second"),
        { TotalHours: < 1 } => Count(duration.Minutes, "minute"),
        { TotalDays: < 1 } => Count(duration.Hours, "hour") + Then(duration.Minutes, "minute"),
        _ => Count(duration.Days, "day") + Then(duration.Hours, "hour"),
    };

    private static string Then(int count, string unit) => count == 0 ? "" : " " + Count(count, unit);

    private static string Count(int count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {unit}{(count == 1 ? "" : "s")}");
}
