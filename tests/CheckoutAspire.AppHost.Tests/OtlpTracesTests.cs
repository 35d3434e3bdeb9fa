using System.Diagnostics;
using System.Net;
using CheckoutAspire.AppHost.LocalHost.OtlpTraces;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CheckoutAspire.AppHost.Tests;

public sealed class OtlpTracesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_real_exporter_sends_is_read_whole()
    {
        var traces = new RecentTraces();
        await using var receiver = await OtlpTraceReceiver.StartAsync(traces.Add, Ct);
        using var source = new ActivitySource("Tests.Otlp");
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .ConfigureResource(resource => resource.AddService("worker"))
            .AddOtlpExporter(options =>
            {
                options.Protocol = OtlpExportProtocol.HttpProtobuf;
                options.Endpoint = new Uri($"{receiver.Endpoint}/v1/traces");
            })
            .Build();

        var linked = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        using var root = source.StartActivity("tools/call initiate_checkout", ActivityKind.Server)!;
        using var child = source.StartActivity("process co:{p0}:events", ActivityKind.Consumer, root.Context, links: [new(linked)])!;
        child.SetTag("checkout.outcome", "fulfilled").SetTag("count", -42).SetTag("ratio", 0.5).SetTag("live", true).SetTag("list", new[] { "a" });
        child.SetStatus(ActivityStatusCode.Error, "because");
        child.Stop();
        root.Stop();
        Assert.True(provider.ForceFlush());

        var spans = traces.Find(root.TraceId.ToHexString()).ToDictionary(span => span.SpanId);
        Assert.Equal(2, spans.Count);
        var rootSpan = spans[root.SpanId.ToHexString()];
        Assert.Null(rootSpan.ParentSpanId);
        Assert.Equal("tools/call initiate_checkout", rootSpan.Name);
        Assert.Equal(ActivityKind.Server, rootSpan.Kind);
        Assert.False(rootSpan.IsError);
        Assert.Empty(rootSpan.Links);
        var childSpan = spans[child.SpanId.ToHexString()];
        Assert.Equal(root.SpanId.ToHexString(), childSpan.ParentSpanId);
        Assert.Equal(ActivityKind.Consumer, childSpan.Kind);
        Assert.Equal("worker", childSpan.ServiceName);
        Assert.Equal("Tests.Otlp", childSpan.Scope);
        Assert.True(childSpan.IsError);
        Assert.Equal(child.StartTimeUtc, childSpan.StartTime.UtcDateTime);
        Assert.Equal(child.Duration, childSpan.Duration);
        Assert.Equal([new SpanLink(linked.TraceId.ToHexString(), linked.SpanId.ToHexString())], childSpan.Links);
        Assert.Equal("fulfilled", childSpan.Attributes["checkout.outcome"]);
        Assert.Equal("-42", childSpan.Attributes["count"]);
        Assert.Equal("0.5", childSpan.Attributes["ratio"]);
        Assert.Equal("true", childSpan.Attributes["live"]);
        Assert.DoesNotContain("list", childSpan.Attributes.Keys);
    }

    [Theory]
    [InlineData("/v1/traces", "", HttpStatusCode.OK)]
    [InlineData("/v1/metrics", "anything", HttpStatusCode.OK)]
    [InlineData("/v1/logs", "anything", HttpStatusCode.OK)]
    [InlineData("/v1/traces", "no protobuf", HttpStatusCode.BadRequest)]
    public async Task A_body_that_is_no_trace_is_refused_and_other_signals_are_accepted(string path, string body, HttpStatusCode status)
    {
        await using var receiver = await OtlpTraceReceiver.StartAsync(_ => { }, Ct);
        using var client = new HttpClient();
        using var content = new StringContent(body);

        using var response = await client.PostAsync(new Uri($"{receiver.Endpoint}{path}"), content, Ct);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("0A")] // a length is missing
    [InlineData("0AFF")] // a varint does not end
    [InlineData("0A05AA")] // five bytes are announced, one is there
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")] // 2^64-1 bytes are announced
    [InlineData("0800")] // the field is a message, not a number
    [InlineData("0B")] // a group, which protobuf 3 does not have
    [InlineData("0200")] // field number 0
    [InlineData("0AFFFFFFFFFFFFFFFFFFFFFF01")] // eleven bytes of varint
    [InlineData("0A040A020A05")] // broken three levels down
    public void Malformed_bytes_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => ExportTraceServiceRequest.Read(Convert.FromHexString(hex)));

    [Fact]
    public void The_oldest_trace_makes_room_and_a_trace_does_not_grow_without_end()
    {
        var traces = new RecentTraces(maxTraces: 2, maxSpansPerTrace: 2);

        traces.Add([Span("a", "1"), Span("a", "2"), Span("a", "3"), Span("b", "4"), Span("c", "5")]);

        Assert.Empty(traces.Find("a"));
        Assert.Equal(["4", "5"], traces.All().Select(span => span.SpanId).Order(StringComparer.Ordinal));
        traces.Add([Span("b", "6"), Span("b", "7")]);
        Assert.Equal(["4", "6"], traces.Find("b").Select(span => span.SpanId));
    }

    [Fact]
    public void A_tree_shows_children_under_their_parents_in_the_order_they_began()
    {
        var lines = SpanTree.Render(
        [
            Span("t", "3", parent: "1", name: "process co:{p0}:events", service: "worker", start: 30, milliseconds: 12.34),
            Span("t", "2", parent: "1", name: "POST", service: "mcpapi", start: 10, milliseconds: 180, error: true),
            Span("t", "1", name: "tools/call initiate_checkout", service: "mcpapi", milliseconds: 212),
            Span("t", "9", parent: "8", name: "orphan", service: "worker", start: 50),
        ]);

        Assert.Equal(
            [
                "tools/call initiate_checkout  mcpapi     212.0 ms",
                "  POST                        mcpapi     180.0 ms  error",
                "  process co:{p0}:events      worker      12.3 ms",
                "orphan                        worker       0.0 ms",
            ],
            lines);
    }

    [Fact]
    public void A_fulfilled_order_s_tree_is_shown_once_the_other_services_have_reported()
    {
        var time = new FakeTimeProvider();
        var shown = new List<string>();
        var orders = new FulfilledOrders(new RecentTraces(), shown.AddRange, time);

        orders.Receive([Fulfillment("fulfilled")]);
        Assert.Empty(shown);
        orders.Receive([Span("t", "1", name: "tools/call initiate_checkout", service: "mcpapi", milliseconds: 212)]);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(
            [
                "cs_test_1 is fulfilled (trace t):",
                "  tools/call initiate_checkout  mcpapi     212.0 ms",
                "    process co:{p0}:events      worker       0.0 ms",
            ],
            shown);
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("duplicate")]
    [InlineData(null)]
    public void Any_other_outcome_is_not_shown(string? outcome)
    {
        var time = new FakeTimeProvider();
        var shown = new List<string>();

        new FulfilledOrders(new RecentTraces(), shown.AddRange, time).Receive([Fulfillment(outcome)]);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Empty(shown);
    }

    private static SpanRecord Fulfillment(string? outcome)
    {
        var attributes = new Dictionary<string, string> { ["messaging.message.conversation_id"] = "cs_test_1" };
        if (outcome is not null)
        {
            attributes["checkout.outcome"] = outcome;
        }

        return Span("t", "3", parent: "1", name: "process co:{p0}:events", service: "worker", start: 30) with
        {
            Kind = ActivityKind.Consumer,
            Attributes = attributes,
        };
    }

    private static SpanRecord Span(
        string trace, string id, string? parent = null, string name = "", string service = "", int start = 0, double milliseconds = 0,
        bool error = false) => new()
        {
            TraceId = trace,
            SpanId = id,
            ParentSpanId = parent,
            Name = name,
            Kind = ActivityKind.Internal,
            ServiceName = service,
            Scope = "",
            StartTime = DateTimeOffset.UnixEpoch.AddMilliseconds(start),
            Duration = TimeSpan.FromMilliseconds(milliseconds),
            IsError = error,
            Attributes = new Dictionary<string, string>(),
            Links = [],
        };
}
