using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>A line of an order's timeline.</summary>
/// <param name="At">When.</param>
/// <param name="What">What happened, in words.</param>
/// <param name="Detail">Why, how long, or empty.</param>
public sealed record TimelineLine(DateTimeOffset At, string What, string Detail);

/// <summary>
/// An order's steps, the tool calls that asked for them, the calls of its handlers and the noted deliveries of events, in the order in which they happened.
/// </summary>
internal static class Timeline
{
    /// <param name="order">The order.</param>
    /// <param name="calls">The tool calls about it.</param>
    /// <param name="deliveries">The noted deliveries of events about it, oldest first.</param>
    public static IReadOnlyList<TimelineLine> Of(Order order, IReadOnlyList<ToolCall> calls, IReadOnlyList<EventDelivery> deliveries) =>
    [
        .. calls.Select(call => new TimelineLine(call.At, $"{call.Principal} called {call.Tool}", CallOf(call)))
            .Concat(order.Attempts.Select(attempt => new TimelineLine(
                attempt.At,
                $"Handler {attempt.Handler} {(attempt.Succeeded ? "succeeded" : "failed")}",
                "after " + (attempt.Took < TimeSpan.FromSeconds(10)
                    ? string.Create(CultureInfo.InvariantCulture, $"{attempt.Took.TotalMilliseconds:N0} ms")
                    : string.Create(CultureInfo.InvariantCulture, $"{attempt.Took.TotalSeconds:N0} s")))))
            .Concat(order.Timeline.Select(step => new TimelineLine(step.At, Steps.InWords(step.What), step.What == "created" ? SaleOf(order, step) : step.Detail)))
            .Concat(deliveries.Select((delivery, index) => new TimelineLine(
                delivery.ReceivedAt, $"Event {delivery.Type} received", DeliveryOf(delivery, deliveries.Take(index).Count(one => one.EventId == delivery.EventId)))))
            .OrderBy(line => line.At),
    ];

    private static string CallOf(ToolCall call) => string.Join(", ", (string?[])
    [
        call.Decision switch
        {
            "ok" => "succeeded",
            "pending" => "its end is not recorded",
            "unanswered" => "ended without an answer",
            var code => $"rejected: {code}",
        },
        .. call.CallId is { } id ? (string?[])[$"call {id}"] : [],
        .. call.TraceId is { } trace ? (string?[])[$"trace {trace}"] : [],
    ]);

    private static string SaleOf(Order order, TimelineEntry step) => string.Join(
        ' ', ((string?[])[step.Detail.Length > 0 ? $"{step.Detail}." : null, order.Principal is { Length: > 0 } seller ? $"Sold by {seller}." : null, Pricing.Of(order)]).OfType<string>());

    private static string DeliveryOf(EventDelivery delivery, int before) =>
        $"{delivery.EventId}{(before > 0 ? string.Create(CultureInfo.InvariantCulture, $", delivery {before + 1}") : "")}"
        + (delivery.Changed ? "" : ". It reported nothing new: it is a copy, or another event had reported the same");
}
