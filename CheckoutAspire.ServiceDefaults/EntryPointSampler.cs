using System.Diagnostics;
using OpenTelemetry.Trace;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>
/// Starts a trace only where work enters the application: at a request that it serves or at a message. Polls, heartbeats and health
/// checks start with a client span and are therefore not traced.
/// </summary>
/// <param name="inner">Samples the spans that may start a trace.</param>
internal sealed class EntryPointSampler(Sampler inner) : Sampler
{
    /// <summary>
    /// Creates the application's sampler. A span follows its parent's decision, and a root span must be an entry point. If a remote
    /// caller did not sample its own span, the application decides as for a root span.
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
