using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using CheckoutAspire.Orders.Partitions;

namespace CheckoutAspire.Webhooks;

/// <summary>Spans and metrics of the receiver, named by OpenTelemetry's messaging conventions.</summary>
internal sealed class WebhooksTelemetry
{
    public const string Name = "CheckoutAspire.Webhooks";

    private static readonly ActivitySource s_source = new(Name);

    private readonly Counter<long> _deliveries;
    private long _signatureFailures;
    private bool _signatureVerified;

    public WebhooksTelemetry(IMeterFactory meters) =>
        _deliveries = meters.Create(Name).CreateCounter<long>(
            "checkout.webhook.deliveries", "{delivery}", "Deliveries to the webhook, by outcome.");

    public void Count(string outcome) => _deliveries.Add(1, new KeyValuePair<string, object?>("checkout.webhook.outcome", outcome));

    /// <summary>Notes whether a delivery's signature was correct.</summary>
    public void CountSignature(bool isValid)
    {
        if (!isValid)
        {
            Interlocked.Increment(ref _signatureFailures);
        }
        else if (!Volatile.Read(ref _signatureVerified))
        {
            Volatile.Write(ref _signatureVerified, true);
        }
    }

    /// <summary>The wrong signatures since this was last asked, and whether a correct one arrived too.</summary>
    public (long Failures, bool Verified) TakeSignatures() => (Interlocked.Exchange(ref _signatureFailures, 0), Interlocked.Exchange(ref _signatureVerified, false));

    /// <summary>
    /// Starts the PRODUCER span. It is a child of the tool call that created the session if the call's context is valid and sampled.
    /// Otherwise it is a root span with its own sampling decision. In both cases it links to the HTTP request that delivered the event.
    /// </summary>
    public static Activity? StartSend(LedgerPartition partition, in StripeEventEnvelope envelope)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        var request = Activity.Current;
        ActivityContext.TryParse(Encoding.ASCII.GetString(envelope.Traceparent.Span), null, isRemote: true, out var toolCall);
        if (!toolCall.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
        {
            toolCall = default;
            Activity.Current = null;
        }

        return s_source.StartActivity(
            $"send {partition.EventsName}",
            ActivityKind.Producer,
            toolCall,
            [
                new("messaging.system", "redis"),
                new("messaging.operation.name", "send"),
                new("messaging.operation.type", "send"),
                new("messaging.destination.name", partition.EventsName),
                new("messaging.message.conversation_id", Encoding.UTF8.GetString(envelope.ObjectId.Span)),
                new("stripe.event.id", Encoding.UTF8.GetString(envelope.Id.Span)),
                new("stripe.event.type", Encoding.UTF8.GetString(envelope.Type.Span)),
            ],
            request is null ? [] : [new ActivityLink(request.Context)]);
    }
}
