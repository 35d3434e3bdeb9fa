using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

public sealed class TelemetryTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task The_tool_calls_span_is_in_the_metadata_and_has_only_ids()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is McpApiTelemetry.Name or McpApiTelemetry.McpSdkName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        var checkout = await SellAsync(("customer_email", "buyer@example.com"), ("idempotency_key", "a-secret-key-" + Guid.NewGuid()));

        var id = checkout.GetProperty("session_id").GetString();
        var form = Assert.Single(Stripe.Creates).Form;
        Assert.True(ActivityContext.TryParse(form["metadata[traceparent]"], null, out var sent));
        Assert.Equal(form["metadata[traceparent]"], form["payment_intent_data[metadata][traceparent]"]);

        var tool = await FirstAsync(spans, span => span.SpanId == sent.SpanId);
        Assert.Equal("tools/call initiate_checkout", tool.DisplayName);
        Assert.Equal(ActivityKind.Server, tool.Kind);
        Assert.Equal(id, tool.GetTagItem("checkout.session_id"));
        Assert.Equal(id, tool.GetTagItem("messaging.message.conversation_id"));
        Assert.Equal("req_stub", tool.GetTagItem("stripe.request_id"));

        var create = await FirstAsync(spans, span => span.DisplayName == "stripe.checkout.sessions.create" && span.TraceId == sent.TraceId);
        Assert.Equal(tool.SpanId, create.ParentSpanId);
        Assert.All(
            spans.Where(span => span.TraceId == sent.TraceId).SelectMany(span => span.TagObjects),
            tag => Assert.DoesNotMatch("buyer@example|a-secret-key|sk_test|Red mug|4999", tag.Value?.ToString() ?? ""));
    }

    [Fact]
    public async Task The_span_of_a_failed_call_has_its_error_code()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == McpApiTelemetry.McpSdkName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await CallForErrorAsync("initiate_checkout", Mug(("currency", "xyz")));

        await FirstAsync(spans, span => Equals(span.GetTagItem("checkout.error.code"), "currency_not_supported"));
    }

    [Fact]
    public async Task A_callers_trace_is_linked_and_not_continued()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is McpApiTelemetry.McpSdkName or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var raw = new RawMcp(Factory.Address);
        const string Header = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa-01";
        const string Meta = "00-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-bbbbbbbbbbbbbbbb-01";
        var message = RawMcp.Message("tools/call", "initiate_checkout", JsonSerializer.Serialize(Mug()))
            .Replace("\"_meta\":{", $"\"_meta\":{{\"traceparent\":\"{Meta}\",\"tracestate\":\"a=b\",", StringComparison.Ordinal);

        using var response = await raw.SendAsync(message, "tools/call", "initiate_checkout", header: ("traceparent", Header));
        await response.Content.ReadAsStringAsync(Cancellation);

        Assert.True(ActivityContext.TryParse(Assert.Single(Stripe.Creates).Form["metadata[traceparent]"], null, out var sent));
        Assert.NotEqual(Header[3..35], sent.TraceId.ToString());
        Assert.NotEqual(Meta[3..35], sent.TraceId.ToString());
        var request = await FirstAsync(
            spans, span => span.OperationName == "Microsoft.AspNetCore.Hosting.HttpRequestIn" && span.TraceId == sent.TraceId && span.Links.Any());
        Assert.DoesNotContain(request.ParentSpanId.ToHexString(), (string[])[Header[36..52], Meta[36..52]]);
        Assert.Equal([Header[3..35], Meta[3..35]], request.Links.Select(link => link.Context.TraceId.ToString()));
    }

    // A span ends after its response is sent.
    private static async Task<Activity> FirstAsync(ConcurrentQueue<Activity> spans, Func<Activity, bool> wanted) =>
        (await Eventually.GetAsync(() => Task.FromResult(spans.FirstOrDefault(wanted)), span => span is not null, Cancellation))!;
}
