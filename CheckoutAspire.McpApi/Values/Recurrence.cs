namespace CheckoutAspire.McpApi.Values;

/// <summary>A billing interval: every <paramref name="Count"/> <paramref name="Interval"/>s.</summary>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>.</param>
/// <param name="Count">The number of intervals between two payments.</param>
internal sealed record Recurrence(string Interval, long Count);
