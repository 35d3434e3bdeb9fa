using CheckoutAspire.Operations.Status;

namespace CheckoutAspire.Operations.Api;

/// <summary>The state of the whole system, for programs.</summary>
internal static class StatusEndpoints
{
    private const int MinutesPerHour = 60;
    private const int MaxHours = 24;

    public static void MapStatus(this IEndpointRouteBuilder ops) =>
        ops.MapGet("/status", async (int? hours, StatusBoard board, StatusSamples samples, TimeProvider time) => new ReportedStatus(
            await board.ReadAsync(),
            hours is null ? null : await samples.ReadAsync(time.GetUtcNow(), Math.Clamp(hours.Value, 1, MaxHours) * MinutesPerHour)));

    /// <summary>The last reading, and with <c>hours</c> the samples of the last hours, one for each minute.</summary>
    internal sealed record ReportedStatus(SystemStatus Status, IReadOnlyList<Sample>? Samples);
}
