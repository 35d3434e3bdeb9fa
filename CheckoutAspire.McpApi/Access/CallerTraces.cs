using System.Diagnostics;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Links the callers' traces and never continues them: a caller must decide neither the trace that a sale belongs to nor whether it is recorded
/// (<see href="https://www.w3.org/TR/trace-context/#security-considerations">Trace Context</see>).
/// </summary>
internal sealed class CallerTraces : DistributedContextPropagator
{
    private readonly DistributedContextPropagator _outgoing = CreateDefaultPropagator();

    public override IReadOnlyCollection<string> Fields => _outgoing.Fields;

    /// <summary>Links a caller's span to one of ours.</summary>
    /// <param name="activity">Our span; null if it is not recorded.</param>
    /// <param name="traceparent">The caller's <c>traceparent</c>, which may be malformed.</param>
    public static void Link(Activity? activity, string? traceparent)
    {
        if (activity is not null && ActivityContext.TryParse(traceparent, traceState: null, isRemote: true, out var caller))
        {
            activity.AddLink(new ActivityLink(caller));
        }
    }

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => _outgoing.Inject(activity, carrier, setter);

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        (traceId, traceState) = (null, null);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
