using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>What a developer sees under "Traces" on the dashboard: one trace for each order, and nothing of background work.</summary>
public sealed partial class TraceTests(Shop shop, Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sale_is_one_trace_from_the_tool_call_to_the_fulfillment()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync();
        await using (var buyer = await Buyer.OpenAsync(browser, sale.CheckoutUrl))
        {
            await buyer.PayByCardAsync(Buyer.GoodCard);
            await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        }

        var process = await shop.Dashboard.FindSpanAsync(
            span => span.SessionId == sale.SessionId && span.Attributes.GetValueOrDefault("checkout.outcome") == "fulfilled", $"resource=worker&search={sale.SessionId}");
        Assert.Equal(("process co:{p0}:events", "worker", ActivityKind.Consumer), (process.Name, process.Resource, process.Kind));
        var trace = $"traceId={process.TraceId}";

        var send = await shop.Dashboard.FindSpanAsync(span => span.SpanId == process.ParentSpanId, trace);
        Assert.Equal(("send co:{p0}:events", "webhooks", ActivityKind.Producer), (send.Name, send.Resource, send.Kind));

        var tool = await shop.Dashboard.FindSpanAsync(span => span.SpanId == send.ParentSpanId, trace);
        Assert.Equal(("tools/call initiate_checkout", "mcpapi", ActivityKind.Server), (tool.Name, tool.Resource, tool.Kind));

        // The HTTP request of the call. The agent of this test sends no trace context.
        var root = await shop.Dashboard.FindSpanAsync(span => span.SpanId == tool.ParentSpanId, trace);
        Assert.Equal(("tools/call initiate_checkout", "mcpapi", ActivityKind.Server, ""), (root.Name, root.Resource, root.Kind, root.ParentSpanId));

        var create = await shop.Dashboard.FindSpanAsync(span => span.ParentSpanId == tool.SpanId && span.Name == "stripe.checkout.sessions.create", trace);
        var request = await shop.Dashboard.FindSpanAsync(span => span.ParentSpanId == create.SpanId, trace);
        Assert.Equal(("mcpapi", ActivityKind.Client), (request.Resource, request.Kind));
        Assert.EndsWith("/v1/checkout/sessions", request.Attributes["url.full"], StringComparison.Ordinal);
        var served = await shop.Dashboard.FindSpanAsync(span => span.ParentSpanId == request.SpanId, trace);
        Assert.Equal(("stripe-sandbox", ActivityKind.Server), (served.Resource, served.Kind));

        Assert.Single(await shop.Dashboard.SpansAsync(trace), span => span.ParentSpanId.Length == 0);
    }

    [Fact]
    public async Task Background_work_and_health_checks_make_no_trace()
    {
        // Spans of earlier tests may still arrive at first. Background work would make a trace in every round.
        await Eventually.GetAsync(
            async () =>
            {
                var before = await TracesAsync();

                // Longer than the interval of the ledger's checks and of the health checks, which are five seconds.
                await AwaitPollsAsync(7);
                return (await TracesAsync()).Except(before).Count();
            },
            appeared => appeared == 0,
            Cancellation);
        Assert.DoesNotContain(
            await shop.Dashboard.SpansAsync(), span => span.Attributes.Any(attribute => attribute.Value.EndsWith("/health", StringComparison.Ordinal)));
    }

    private async Task<IReadOnlyList<string>> TracesAsync() =>
        [.. (await shop.Dashboard.SpansAsync()).Select(span => span.TraceId).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Waits until the worker has polled its stream some more times; it polls every second.</summary>
    private async Task AwaitPollsAsync(int count)
    {
        var first = await PollsAsync();
        await Eventually.GetAsync(PollsAsync, polls => polls >= first + count, Cancellation);
    }

    private async Task<int> PollsAsync()
    {
        var statistics = (string)(await shop.Ledger.Redis.GetDatabase().ExecuteAsync("INFO", "commandstats"))!;

        // The worker may not have polled yet.
        return Polls().Match(statistics) is { Success: true } match ? int.Parse(match.Groups["calls"].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary><c>cmdstat_xinfo|consumers:calls=21,usec=230,…</c></summary>
    [GeneratedRegex(@"cmdstat_xinfo\|consumers:calls=(?<calls>[0-9]+),")]
    private static partial Regex Polls();
}
