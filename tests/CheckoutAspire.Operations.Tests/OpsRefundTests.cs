using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Operations.Tests;

public sealed class OpsRefundTests : OperationsTest
{
    [Fact]
    public async Task An_operator_refunds_a_paid_order_once_per_key_and_not_more_than_is_left()
    {
        await using var stripe = await RefundStub.StartAsync();
        await using var operations = new OperationsHost(Redis.ConnectionString, ("STRIPE_API_BASE", stripe.Address));
        using var client = Client(operations);
        var (open, paid) = ((await Ledger.SellAsync()).SessionId, (await Ledger.SellAsync()).SessionId);
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(paid), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);

        var first = await PostAsync(paid, new { why = "Ann: asked", idempotency_key = "a", amount = "500", reason = "duplicate" });
        var again = await PostAsync(paid, new { why = "Ann: asked", idempotency_key = "a", amount = 500, reason = "duplicate" });
        var whole = await PostAsync(paid, new { why = "Ann: asked", idempotency_key = "b" });

        Assert.Equal((200, "re_1", false), (first.Status, (string?)first.Body["refund_id"], (bool)first.Body["replayed"]!));
        Assert.Equal((200, "re_1", true), (again.Status, (string?)again.Body["refund_id"], (bool)again.Body["replayed"]!));
        Assert.Equal(200, whole.Status);
        Assert.Equal([$"pi_{paid} 500 duplicate", $"pi_{paid} 9998 "], stripe.Created.Select(refund => refund.Text));
        Assert.Equal(2, stripe.Created.Select(refund => refund.Key).Distinct().Count());

        Assert.Equal("idempotency_conflict", await CodeAsync(paid, new { why = "Ann: asked", idempotency_key = "a", amount = 501 }));
        Assert.Equal("not_refundable", await CodeAsync(paid, new { why = "Ann: asked", idempotency_key = "c", amount = 9999 }));
        Assert.Equal("not_refundable", await CodeAsync(open, new { why = "Ann: asked", idempotency_key = "a" }));
        Assert.Equal("not_found", await CodeAsync("cs_test_nothing", new { why = "Ann: asked", idempotency_key = "a" }));
        Assert.Equal("invalid_refund", await CodeAsync(paid, new { why = "Ann: asked", amount = 500 }));
        Assert.Equal("invalid_refund", await CodeAsync(paid, new { why = "Ann: asked", idempotency_key = "d", amount = 0 }));
        Assert.Equal("invalid_refund", await CodeAsync(paid, new { why = "Ann: asked", idempotency_key = "d", reason = "because" }));
        Assert.Equal("reason_missing", await CodeAsync(paid, new { idempotency_key = "d" }));
        Assert.Equal(
            ["Ann: asked (5.00 USD)", "Ann: asked (99.98 USD)"],
            (await Ledger.Orders.FindAsync(paid))!.Timeline.Where(step => step.What == "refund_requested").Select(step => step.Detail));
        using var large = await client.PostAsJsonAsync($"ops/orders/{paid}/refund", new { why = "Ann: asked", idempotency_key = new string('x', 5000) }, Canceled);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(2, stripe.Created.Count);

        async Task<(int Status, JsonNode Body)> PostAsync(string id, object body)
        {
            using var response = await client.PostAsJsonAsync($"ops/orders/{id}/refund", body, Canceled);
            return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>(Canceled))!);
        }

        async Task<string?> CodeAsync(string id, object body) => (string?)(await PostAsync(id, body)).Body["code"];
    }

    /// <summary>Stripe's refunds: each key creates one.</summary>
    private sealed class RefundStub : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private RefundStub(WebApplication app) => _app = app;

        public ConcurrentQueue<(string Key, string Text)> Created { get; } = [];

        public string Address => _app.Urls.First();

        public static async Task<RefundStub> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var stub = new RefundStub(app);
            app.MapPost("/v1/refunds", async (HttpContext context) =>
            {
                var form = await context.Request.ReadFormAsync();
                stub.Created.Enqueue((context.Request.Headers["Idempotency-Key"].ToString(), $"{form["payment_intent"]} {form["amount"]} {form["reason"]}"));
                return Refund(stub.Created.Count, form["amount"].ToString());
            });
            app.MapGet("/v1/refunds/{id}", (string id) => Refund(id[^1] - '0', "500"));
            app.MapFallback(() => Results.Content("""{"object":"list","data":[],"has_more":false}""", "application/json"));
            await app.StartAsync();
            return stub;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private static IResult Refund(int number, string amount) => Results.Content(
            $$"""{"id":"re_{{number}}","object":"refund","amount":{{amount}},"currency":"usd","status":"succeeded"}""", "application/json");
    }
}
