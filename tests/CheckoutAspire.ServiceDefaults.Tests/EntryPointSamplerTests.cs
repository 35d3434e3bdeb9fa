using System.Diagnostics;
using OpenTelemetry.Trace;

namespace CheckoutAspire.ServiceDefaults.Tests;

public sealed class EntryPointSamplerTests
{
    [Theory]
    [InlineData(ActivityKind.Server, true)]
    [InlineData(ActivityKind.Consumer, true)]
    [InlineData(ActivityKind.Producer, true)]
    [InlineData(ActivityKind.Client, false)]
    [InlineData(ActivityKind.Internal, false)]
    public void Only_a_request_or_a_message_begins_a_trace(ActivityKind kind, bool isRecorded) =>
        Assert.Equal(isRecorded, IsRecorded(EntryPointSampler.Create(1), default, kind));

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, true)]
    [InlineData(ActivityTraceFlags.None, false)]
    public void A_span_within_the_process_follows_its_parent(ActivityTraceFlags flags, bool isRecorded) =>
        Assert.Equal(isRecorded, IsRecorded(EntryPointSampler.Create(1), Context(flags, isRemote: false), ActivityKind.Client));

    [Fact]
    public void A_caller_that_does_not_record_its_own_span_does_not_decide_about_ours() =>
        Assert.True(IsRecorded(EntryPointSampler.Create(1), Context(ActivityTraceFlags.None, isRemote: true), ActivityKind.Server));

    [Fact]
    public void A_ratio_of_zero_records_nothing() =>
        Assert.False(IsRecorded(EntryPointSampler.Create(0), default, ActivityKind.Server));

    private static ActivityContext Context(ActivityTraceFlags flags, bool isRemote) =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, traceState: null, isRemote);

    private static bool IsRecorded(Sampler sampler, ActivityContext parent, ActivityKind kind) =>
        sampler.ShouldSample(new SamplingParameters(parent, ActivityTraceId.CreateRandom(), "span", kind)).Decision is SamplingDecision.RecordAndSample;
}
