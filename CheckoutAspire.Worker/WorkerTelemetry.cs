using System.Diagnostics;
using System.Diagnostics.Metrics;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Worker;

/// <summary>Spans and metrics of the worker. Names after OpenTelemetry's messaging conventions.</summary>
internal sealed class WorkerTelemetry
{
    public const string Name = "CheckoutAspire.Worker";

    private static readonly ActivitySource s_source = new(Name);

    private readonly Counter<long> _processed;
    private readonly Counter<long> _repairs;

    public WorkerTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _processed = meter.CreateCounter<long>(
            "checkout.worker.processed", "{entry}", "Stream entries processed, by what became of them.");
        _repairs = meter.CreateCounter<long>(
            "checkout.worker.repairs", "{session}", "Sessions that reconciliation with Stripe found, and no event had told of.");
    }

    /// <summary>Starts the CONSUMER span: a child of the receiver's span, and so in the tool call's trace when that is known.</summary>
    public static Activity? StartProcess(LedgerPartition partition, in EventEntry entry)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        ActivityContext.TryParse(entry.Traceparent, null, isRemote: true, out var sender);
        return s_source.StartActivity(
            $"process {partition.EventsName}",
            ActivityKind.Consumer,
            sender.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? sender : default,
            [
                new("messaging.system", "redis"),
                new("messaging.operation.name", "process"),
                new("messaging.operation.type", "process"),
                new("messaging.destination.name", partition.EventsName),
                new("messaging.consumer.group.name", EventStream.Group),
                new("messaging.message.conversation_id", entry.ObjectId.ToString()),
                new("stripe.event.id", entry.Id.ToString()),
                new("stripe.event.type", entry.Type.ToString()),
            ]);
    }

    /// <summary>Starts the span of one fulfillment handler.</summary>
    public static Activity? StartHandler(string handler, string orderId) => s_source.StartActivity(
        $"fulfill {handler}",
        ActivityKind.Internal,
        default(ActivityContext),
        [new("checkout.handler", handler), new("messaging.message.conversation_id", orderId)]);

    public void CountRepairs(int sessions) => _repairs.Add(sessions);

    /// <summary>Counts what became of an entry, and says so on its span.</summary>
    public void Count(Activity? span, Outcome verdict)
    {
        span?.SetTag("checkout.outcome", verdict.Name());
        _processed.Add(1, new KeyValuePair<string, object?>("checkout.outcome", verdict.Name()));
    }
}
