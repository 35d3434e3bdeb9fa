using System.Diagnostics;
using CheckoutAspire.AppHost.LocalHost.OtlpTraces;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>One trace tells an order's story across four processes; received by OTLP, as a collector would.</summary>
public sealed class TraceTests(Shop shop, Browser browser)
{
    [Fact]
    public async Task Tool_call_Stripes_request_webhook_stream_and_fulfillment_are_one_trace()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var sale = await agent.SellAsync();
        await using (var buyer = await browser.OpenAsync(sale.CheckoutUrl))
        {
            await buyer.PayByCardAsync(Buyer.GoodCard);
            await buyer.ExpectSuccessPageAsync(shop, sale.SessionId);
        }

        var process = await FindAsync(span => span.Kind is ActivityKind.Consumer && IsAbout(span, sale));
        var trace = process.TraceId;
        Assert.Equal(("process co:{p0}:events", "worker"), (process.Name, process.ServiceName));
        Assert.Equal("fulfilled", process.Attributes["checkout.outcome"]);

        var send = await FindAsync(span => span.TraceId == trace && span.SpanId == process.ParentSpanId);
        Assert.Equal(("send co:{p0}:events", "webhooks", ActivityKind.Producer), (send.Name, send.ServiceName, send.Kind));

        var tool = await FindAsync(span => span.TraceId == trace && span.SpanId == send.ParentSpanId);
        Assert.Equal(("tools/call initiate_checkout", "mcpapi", ActivityKind.Server), (tool.Name, tool.ServiceName, tool.Kind));

        var create = await FindAsync(span => span.TraceId == trace && span.ParentSpanId == tool.SpanId && span.ServiceName == "mcpapi");
        Assert.Equal("stripe.checkout.sessions.create", create.Name);
        var request = await FindAsync(span => span.TraceId == trace && span.ParentSpanId == create.SpanId);
        Assert.Equal(("mcpapi", ActivityKind.Client), (request.ServiceName, request.Kind));
        Assert.EndsWith("/v1/checkout/sessions", request.Attributes["url.full"], StringComparison.Ordinal);

        // The request that brought the event keeps its own trace, and is linked: Stripe sends no context of ours.
        var link = Assert.Single(send.Links);
        var delivery = await FindAsync(span => span.TraceId == link.TraceId && span.SpanId == link.SpanId);
        Assert.Equal(("webhooks", ActivityKind.Server), (delivery.ServiceName, delivery.Kind));
        Assert.NotEqual(trace, delivery.TraceId);
    }

    private static bool IsAbout(SpanRecord span, Sale sale) =>
        span.Attributes.GetValueOrDefault("messaging.message.conversation_id") == sale.SessionId;

    // The services report by themselves, every half second.
    private async Task<SpanRecord> FindAsync(Func<SpanRecord, bool> wanted) =>
        (await Eventually.GetAsync(
            () => Task.FromResult(shop.Application.Traces.All().FirstOrDefault(wanted)),
            span => span is not null,
            TestContext.Current.CancellationToken))!;
}
