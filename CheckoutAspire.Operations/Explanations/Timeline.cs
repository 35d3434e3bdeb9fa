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
            .Concat(order.Timeline.Select(step => new TimelineLine(step.At, Steps.InWords(step.What), step.What == "created" ? SaleOf(order, step) : DetailOf(step))))
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
        .. call.Rules is { } rules ? (string?[])[$"under the rules ({rules})"] : [],
        .. call.CallId is { } id ? (string?[])[$"call {id}"] : [],
        .. call.TraceId is { } trace ? (string?[])[$"trace {trace}"] : [],
    ]);

    private static string SaleOf(Order order, TimelineEntry step) => string.Join(
        ' ', ((string?[])[step.Detail.Length > 0 ? $"{step.Detail}." : null, order.Principal is { Length: > 0 } seller ? $"Sold by {seller}." : null, Pricing.Of(order)]).OfType<string>());

    /// <summary>The detail of a step about the payment ends with what reported it: <c>fence 1 evt_1</c>. Steps of older ledgers do not say it.</summary>
    private static string DetailOf(TimelineEntry step)
    {
        var start = step.Detail.LastIndexOf(' ') + 1;
        var source = step.What is not ("awaiting_payment" or "paid" or "claimed" or "fulfilled" or "failed" or "expired") ? null
            : step.Detail[start..] is var last && last.StartsWith("evt_", StringComparison.Ordinal) ? $"reported by event {last}"
            : last == CheckoutFact.Reconciliation ? "read from Stripe by reconciliation"
            : null;
        return source is null ? step.Detail : start == 0 ? source : $"{step.Detail[..(start - 1)]}, {source}";
    }

    private static string DeliveryOf(EventDelivery delivery, int before) =>
        $"{delivery.EventId}{(before > 0 ? string.Create(CultureInfo.InvariantCulture, $", delivery {before + 1}") : "")}"
        + (delivery.Changed ? "" : ". It reported nothing new: it is a copy, or another event had reported the same");
}
