using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Tools;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

public sealed class IdempotencyTests(RedisFixture redis) : McpApiTest(redis)
{
    private readonly string _key = Guid.NewGuid().ToString();

    private IdempotencyStore Requests => Factory.Services.GetRequiredService<IdempotencyStore>();

    private string Owner => Factory.Services.GetRequiredService<Ownership>().Of(Caller.Anonymous);

    private string Ref => OrderRef.Of(Factory.Deployment, Owner, _key);

    [Fact]
    public async Task The_same_key_and_arguments_give_the_same_session()
    {
        var first = await SellAsync(("idempotency_key", _key));
        var second = await SellAsync(("idempotency_key", _key));

        Assert.False(first.GetProperty("replayed").GetBoolean());
        Assert.True(second.GetProperty("replayed").GetBoolean());
        foreach (var field in (string[])["session_id", "checkout_url", "order_ref", "amount_total", "currency", "status", "expires_at"])
        {
            Assert.Equal(first.GetProperty(field).ToString(), second.GetProperty(field).ToString());
        }

        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task Arguments_that_mean_the_same_are_the_same()
    {
        var first = await SellAsync(("idempotency_key", _key));
        var second = await SellAsync(
            ("idempotency_key", _key), ("quantity", 1), ("currency", "USD"), ("mode", "payment"), ("expires_in_minutes", 31), ("product_id", ""));

        Assert.Equal(first.GetProperty("session_id").GetString(), second.GetProperty("session_id").GetString());
    }

    [Theory]
    [InlineData("price_cents", 5000)]
    [InlineData("quantity", 2)]
    [InlineData("currency", "eur")]
    [InlineData("product_name", "Blue mug")]
    [InlineData("client_reference_id", "cart-1")]
    public async Task The_same_key_with_other_arguments_is_a_conflict(string name, object value)
    {
        await SellAsync(("idempotency_key", _key));

        var error = await CallForErrorAsync("initiate_checkout", Mug(("idempotency_key", _key), (name, value)));

        Assert.Equal("idempotency_conflict", error.GetProperty("code").GetString());
        Assert.Equal("idempotency_key", error.GetProperty("param").GetString());
        Assert.Single(Stripe.Creates);
    }

    [Fact]
    public async Task A_key_is_its_callers_own()
    {
        await using var alice = await Factory.ConnectAsync(principal: "alice");

        var first = await SellAsync(("idempotency_key", _key));
        var other = await CallAsync("initiate_checkout", Mug(("idempotency_key", _key), ("price_cents", 700)), alice);

        Assert.False(other.GetProperty("replayed").GetBoolean());
        Assert.NotEqual(first.GetProperty("session_id").GetString(), other.GetProperty("session_id").GetString());
        Assert.NotEqual(first.GetProperty("order_ref").GetString(), other.GetProperty("order_ref").GetString());
    }

    [Fact]
    public async Task Stripe_never_sees_the_callers_key()
    {
        await SellAsync(("idempotency_key", _key));

        var call = Assert.Single(Stripe.Creates);
        Assert.Equal("checkout/" + Ref, call.IdempotencyKey);
        Assert.DoesNotContain(call.Form.Values, value => value.Contains(_key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_a_call_runs_its_key_is_in_flight()
    {
        var (reached, answer) = Stripe.DeclineNextLater();
        var running = CallForErrorAsync("initiate_checkout", Mug(("idempotency_key", _key)));
        await reached;

        var error = await CallForErrorAsync("initiate_checkout", Mug(("idempotency_key", _key)));

        Assert.Equal("idempotency_in_flight", error.GetProperty("code").GetString());
        Assert.InRange(error.GetProperty("retry_after").GetInt32(), 1, 5);
        answer.SetResult();
        await running;
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_with_one_key_make_one_session()
    {
        var calls = Enumerable.Range(0, 200).Select(_ => Client.CallToolAsync(
            "initiate_checkout", Mug(("idempotency_key", _key)), cancellationToken: Cancellation).AsTask());

        var results = await Task.WhenAll(calls);

        Assert.Equal(1, Stripe.SessionCount);
        Assert.Contains(results, result => result.IsError is not true);
        Assert.All(
            results.Where(result => result.IsError is true),
            result => Assert.Equal("idempotency_in_flight", result.StructuredContent!.Value.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task After_a_crash_between_Stripe_and_the_ledger_the_first_request_is_sent_again_exactly()
    {
        // The state after the crash: the request as it was sent, and its session at Stripe.
        var lost = Lost(expiresAt: TimeProvider.System.GetUtcNow().AddMinutes(29));
        var made = await Factory.Services.GetRequiredService<StripeSessions>().CreateAsync(lost, OrderRef.StripeKey(Ref, 0));
        await BeginAsync(lost);

        var checkout = await SellAsync(("idempotency_key", _key));

        Assert.Equal(made.Id, checkout.GetProperty("session_id").GetString());
        Assert.True(checkout.GetProperty("replayed").GetBoolean());
        Assert.Equal(2, Stripe.Creates.Count);
        Assert.Equal(Stripe.Creates[0].IdempotencyKey, Stripe.Creates[1].IdempotencyKey);
        Assert.Equal(Stripe.Creates[0].Form, Stripe.Creates[1].Form);
        Assert.NotNull(await Ledger.FindAsync(made.Id));
    }

    [Fact]
    public async Task A_request_that_is_resumed_too_late_starts_over_when_it_made_no_session()
    {
        await BeginAsync(Lost(expiresAt: TimeProvider.System.GetUtcNow().AddMinutes(-5)));
        Stripe.NextError(400, "invalid_request_error", param: "expires_at");

        var checkout = await SellAsync(("idempotency_key", _key));

        Assert.False(checkout.GetProperty("replayed").GetBoolean());
        Assert.Equal(1, Stripe.SessionCount);
        Assert.Equal(["POST", "GET", "POST"], Stripe.Calls.Select(call => call.Method));
    }

    [Fact]
    public async Task A_request_that_is_resumed_too_late_finds_the_session_that_it_made()
    {
        var lost = Lost(expiresAt: TimeProvider.System.GetUtcNow().AddMinutes(-5));
        var made = await Factory.Services.GetRequiredService<StripeSessions>().CreateAsync(lost, OrderRef.StripeKey(Ref, 0));
        await BeginAsync(lost);
        Stripe.NextError(400, "invalid_request_error", param: "expires_at");

        var checkout = await SellAsync(("idempotency_key", _key));

        Assert.Equal(made.Id, checkout.GetProperty("session_id").GetString());
        Assert.Equal(1, Stripe.SessionCount);
    }

    [Fact]
    public async Task A_replayed_500_that_hides_a_session_ends_with_that_session()
    {
        Stripe.Next(async context =>
        {
            // The session is created, but Stripe loses the response.
            Stripe.Add(Stripe.Session(Stripe.Creates[^1].Form));
            await ReplayedError(context);
        });

        var checkout = await SellAsync(("idempotency_key", _key));

        Assert.Equal(1, Stripe.SessionCount);
        Assert.Single(Stripe.Creates);
        Assert.NotNull(await Ledger.FindAsync(checkout.GetProperty("session_id").GetString()!));
    }

    [Fact]
    public async Task After_a_replayed_500_without_a_session_another_key_is_used()
    {
        Stripe.Next(ReplayedError);

        await SellAsync(("idempotency_key", _key));

        Assert.Equal(1, Stripe.SessionCount);
        Assert.Equal([$"checkout/{Ref}", $"checkout/{Ref}/1"], Stripe.Creates.Select(call => call.IdempotencyKey));
        Assert.Equal(Stripe.Creates[0].Form, Stripe.Creates[1].Form);
    }

    [Fact]
    public async Task A_call_that_Stripe_rejected_can_be_corrected_under_its_key()
    {
        Stripe.NextError(400, "invalid_request_error", param: "customer_email");
        await CallForErrorAsync("initiate_checkout", Mug(("idempotency_key", _key), ("customer_email", "a@b")));

        var checkout = await SellAsync(("idempotency_key", _key), ("customer_email", "a@example.com"));

        Assert.False(checkout.GetProperty("replayed").GetBoolean());
    }

    [Fact]
    public async Task A_call_that_Stripe_did_not_answer_is_resumed_at_once()
    {
        Stripe.NextError(429, "invalid_request_error", "rate_limit");
        await CallForErrorAsync("initiate_checkout", Mug(("idempotency_key", _key)));

        await SellAsync(("idempotency_key", _key));

        Assert.Equal(Stripe.Creates[0].Form, Stripe.Creates[1].Form);
        Assert.Equal(Stripe.Creates[0].IdempotencyKey, Stripe.Creates[1].IdempotencyKey);
    }

    private static Task ReplayedError(HttpContext context)
    {
        context.Response.StatusCode = 500;
        context.Response.Headers["Idempotent-Replayed"] = "true";
        context.Response.Headers["Stripe-Should-Retry"] = "false";
        return context.Response.WriteAsync("""{"error":{"type":"api_error","message":"raw words of Stripe"}}""");
    }

    private SessionRequest Lost(DateTimeOffset expiresAt) => new()
    {
        OrderRef = Ref,
        WrittenAt = TimeProvider.System.GetUtcNow().AddMinutes(-2),
        Mode = "payment",
        Lines = [new SaleLine { Name = "Red mug", UnitAmount = 4999, Currency = "usd", Quantity = 1 }],
        SuccessUrl = "https://shop.example/checkout/success?session_id={CHECKOUT_SESSION_ID}",
        CancelUrl = "https://shop.example/checkout/cancel?session_id={CHECKOUT_SESSION_ID}",
        ExpiresAt = expiresAt,
        Metadata = new Dictionary<string, string>
        {
            ["source"] = "mcp_server",
            ["deployment"] = Factory.Deployment,
            ["order_ref"] = Ref,
            ["owner"] = Owner,
            ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
    };

    private async Task BeginAsync(SessionRequest request)
    {
        var digest = ArgumentsDigest.Of(new InitiateCheckoutInput { ProductName = "Red mug", PriceCents = 4999 }.ToRequest());
        var json = JsonSerializer.Serialize(request, SessionRequestJson.Default.SessionRequest);
        var beginning = await Requests.BeginAsync(new RequestKey(Owner, Ref, RequestKey.Retention), digest, json, TimeSpan.Zero);
        Assert.IsType<IdempotencyResult.Send>(beginning);
    }
}
