using System.Globalization;

namespace CheckoutAspire.Operations.Finding;

/// <summary>Reads the days and times of filters.</summary>
internal static class Dates
{
    /// <summary>A day, which begins at midnight UTC, or a time; null if it is neither.</summary>
    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
