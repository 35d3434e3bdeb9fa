using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Another integration's refunds, about which the worker must ask Stripe, do not delay payments that are proven.</summary>
[Trait("loop", "long")]
public sealed class ForeignRefundTests : WorkerTest
{
    private const int Refunds = 1500;
    private const int Payments = 200;

    private readonly SlowStripe _stripe = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await _stripe.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Payments_behind_1500_foreign_refunds_are_fulfilled_while_Stripe_has_answered_none_of_them()
    {
        await using var worker = new ConsumerHost(Redis.ConnectionString, _stripe.Address, new RecordingHandler("ship"));
        using var outcomes = new Outcomes(worker);
        await FulfillAsync();
        var alone = await FulfillAsync();

        foreach (var number in Enumerable.Range(0, Refunds))
        {
            await RefundAsync(string.Create(CultureInfo.InvariantCulture, $"pi_foreign_{number}"));
        }

        await _stripe.WhenAskedAsync(Canceled);
        var behind = await FulfillAsync();

        // Stripe answers only now: no refund can have been settled before.
        Assert.DoesNotContain("foreign", outcomes);
        TestContext.Current.SendDiagnosticMessage(
            "{0} payments alone {1:F0} ms, behind {2} foreign refunds {3:F0} ms: {4:F2} times", Payments, alone.TotalMilliseconds, Refunds,
            behind.TotalMilliseconds, behind / alone);
        _stripe.Answer();
        await Eventually.GetAsync(() => Task.FromResult(outcomes.Count(outcome => outcome == "foreign")), count => count > 0, Canceled);
    }

    /// <summary>Sells and pays, and waits until each payment is fulfilled.</summary>
    private async Task<TimeSpan> FulfillAsync()
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, Payments).Select(_ => Ledger.SellAsync()));
        var started = Stopwatch.StartNew();
        await Task.WhenAll(sold.Select(sale => DeliverAsync(sale.SessionId)));
        await Task.WhenAll(sold.Select(sale => AwaitAsync(sale.SessionId, OrderState.Fulfilled)));
        return started.Elapsed;
    }

    private Task RefundAsync(string paymentIntent) => Ledger.AppendAsync(
        "re_" + paymentIntent,
        StripeEvents.Of(HandledEvents.RefundCreated, new JsonObject
        {
            ["id"] = "re_" + paymentIntent,
            ["object"] = "refund",
            ["amount"] = 500,
            ["currency"] = "usd",
            ["payment_intent"] = paymentIntent,
            ["status"] = "succeeded",
        }),
        HandledEvents.RefundCreated);

    /// <summary>A Stripe that has none of our objects, and answers only when the test allows it.</summary>
    private sealed class SlowStripe : IAsyncDisposable
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answering = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private WebApplication? _app;

        public string Address => _app!.Urls.First();

        public async Task StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            _app = builder.Build();
            _app.MapGet("/v1/{**path}", async (HttpRequest request) =>
            {
                _asked.TrySetResult();
                await _answering.Task.WaitAsync(request.HttpContext.RequestAborted);
                return TypedResults.Text("""{"object":"list","data":[],"has_more":false}""", "application/json");
            });
            _app.MapPost("/v1/{**path}", () => TypedResults.Text("""{"id":"cs_1","object":"checkout.session"}""", "application/json"));
            await _app.StartAsync();
        }

        public Task WhenAskedAsync(CancellationToken cancellationToken) => _asked.Task.WaitAsync(cancellationToken);

        public void Answer() => _answering.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            Answer();
            if (_app is not null)
            {
                await _app.DisposeAsync();
            }
        }
    }
}
