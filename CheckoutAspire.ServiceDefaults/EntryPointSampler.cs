using System.Diagnostics;
using OpenTelemetry.Trace;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>
/// Starts a trace only where work enters the application: a request that is served, or a message. Polls, heartbeats and health
/// checks begin with a client span of their own and make no trace.
/// </summary>
/// <param name="inner">Decides about the traces that may start.</param>
internal sealed class EntryPointSampler(Sampler inner) : Sampler
{
    /// <summary>
    /// The sampler of the application: a span follows its parent in the same process, and a root must be an entry point. A caller whose
    /// own span is not recorded does not decide about ours.
    /// </summary>
    /// <param name="ratio">The share of traces that are recorded, from 0 to 1.</param>
    public static Sampler Create(double ratio)
    {
        var entryPoints = new EntryPointSampler(ratio >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio));
        return new ParentBasedSampler(rootSampler: entryPoints, remoteParentNotSampled: entryPoints);
    }

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind is ActivityKind.Server or ActivityKind.Consumer or ActivityKind.Producer
            ? inner.ShouldSample(samplingParameters)
            : new SamplingResult(SamplingDecision.Drop);
}
