using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Worker;

/// <summary>Spans and metrics of the worker, named by OpenTelemetry's messaging conventions.</summary>
internal sealed class WorkerTelemetry
{
    public const string Name = "CheckoutAspire.Worker";

    private const string ListTag = "checkout.reconciliation.list";

    private static readonly ActivitySource s_source = new(Name);

    private readonly Counter<long> _processed;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _reconciliationFailures;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _reconciled = new(StringComparer.Ordinal);
    private long _fulfilled;

    public WorkerTelemetry(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(Name);
        _processed = meter.CreateCounter<long>(
            "checkout.worker.processed", "{entry}", "Stream entries processed, by outcome.");
        _repairs = meter.CreateCounter<long>(
            "checkout.worker.repairs", "{object}", "Objects that reconciliation found at Stripe in a state that the ledger did not know.");
        _reconciliationFailures = meter.CreateCounter<long>(
            "checkout.worker.reconciliation_failures", "{failure}", "Lists that reconciliation could not read to their end, and objects that it skipped.");
        meter.CreateObservableGauge(
            "checkout.worker.reconciliation_age",
            () => _reconciled.Select(list => new Measurement<double>(
                Math.Max(0, (time.GetUtcNow() - list.Value).TotalSeconds), new KeyValuePair<string, object?>(ListTag, list.Key))),
            "s",
            "Time since this worker last read one of Stripe's lists without a failure.");
    }

    /// <summary>Starts the CONSUMER span: a child of the receiver's span, and therefore in the tool call's trace if that is known.</summary>
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

    /// <summary>Counts an object that reconciliation appended.</summary>
    public void CountRepair(string list) => _repairs.Add(1, new KeyValuePair<string, object?>(ListTag, list));

    /// <summary>Counts a failure of reconciliation.</summary>
    /// <param name="list">The list that was read.</param>
    /// <param name="scope"><c>list</c> if its reading stopped, <c>object</c> if one object was skipped.</param>
    public void CountReconciliationFailure(string list, string scope) => _reconciliationFailures.Add(
        1, new KeyValuePair<string, object?>(ListTag, list), new KeyValuePair<string, object?>("checkout.reconciliation.scope", scope));

    /// <summary>Records that a pass read a list without a failure.</summary>
    public void SetReconciled(string list, DateTimeOffset at) => _reconciled[list] = at;

    /// <summary>Counts the outcome of an entry, and sets it on its span.</summary>
    public void Count(Activity? span, Outcome outcome)
    {
        span?.SetTag("checkout.outcome", outcome.Name());
        if (outcome is Outcome.Fulfilled)
        {
            Interlocked.Increment(ref _fulfilled);
        }

        _processed.Add(1, new KeyValuePair<string, object?>("checkout.outcome", outcome.Name()));
    }

    /// <summary>The orders that were fulfilled since this was last asked.</summary>
    public long TakeFulfilled() => Interlocked.Exchange(ref _fulfilled, 0);

    /// <summary>Adds orders again whose count could not be reported.</summary>
    public void ReturnFulfilled(long count) => Interlocked.Add(ref _fulfilled, count);
}
