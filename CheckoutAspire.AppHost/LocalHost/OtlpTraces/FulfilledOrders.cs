using System.Diagnostics;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>Shows each order's trace once it is fulfilled: from the agent's tool call to the worker, whatever processes it crossed.</summary>
internal sealed class FulfilledOrders(RecentTraces traces, Action<IReadOnlyList<string>> show, TimeProvider time)
{
    /// <summary>The other services report up to half a second later (<c>OTEL_BSP_SCHEDULE_DELAY</c>), and their requests take time.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1.5);

    public void Receive(IReadOnlyList<SpanRecord> spans)
    {
        traces.Add(spans);
        foreach (var span in spans.Where(IsFulfillment))
        {
            _ = ShowLaterAsync(span);
        }
    }

    /// <summary>The worker's span for a stream entry, for example <c>process co:{p0}:events</c>, with its outcome.</summary>
    private static bool IsFulfillment(SpanRecord span) =>
        span.Kind == ActivityKind.Consumer && span.Attributes.GetValueOrDefault("checkout.outcome") == "fulfilled";

    private async Task ShowLaterAsync(SpanRecord fulfillment)
    {
        await Task.Delay(s_grace, time);
        var order = fulfillment.Attributes.GetValueOrDefault("messaging.message.conversation_id", "an order");
        show([
            $"{order} is fulfilled (trace {fulfillment.TraceId}):",
            .. SpanTree.Render(traces.Find(fulfillment.TraceId)).Select(line => $"  {line}"),
        ]);
    }
}
