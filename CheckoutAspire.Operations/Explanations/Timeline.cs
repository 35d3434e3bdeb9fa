using System.Globalization;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>A line of an order's timeline.</summary>
/// <param name="At">When.</param>
/// <param name="What">What happened, in words.</param>
/// <param name="Detail">Why, how long, or empty.</param>
public sealed record TimelineLine(DateTimeOffset At, string What, string Detail);

/// <summary>An order's steps and the calls of its handlers, in the order in which they happened.</summary>
internal static class Timeline
{
    public static IReadOnlyList<TimelineLine> Of(Order order) =>
    [
        .. order.Attempts.Select(attempt => new TimelineLine(
                attempt.At,
                $"Handler {attempt.Handler} {(attempt.Succeeded ? "succeeded" : "failed")}",
                "after " + (attempt.Took < TimeSpan.FromSeconds(10)
                    ? string.Create(CultureInfo.InvariantCulture, $"{attempt.Took.TotalMilliseconds:N0} ms")
                    : string.Create(CultureInfo.InvariantCulture, $"{attempt.Took.TotalSeconds:N0} s"))))
            .Concat(order.Timeline.Select(step => new TimelineLine(step.At, Steps.InWords(step.What), step.Detail)))
            .OrderBy(line => line.At),
    ];
}
