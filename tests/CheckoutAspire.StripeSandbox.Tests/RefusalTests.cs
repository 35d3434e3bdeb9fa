using System.Net;
using Microsoft.Extensions.Time.Testing;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Errors that do not concern a parameter: key, account, rate limit.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_requests_a_second_than_are_allowed_are_answered_429_until_the_next_one()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
        await using var sandbox = new SandboxServer(new() { ["Sandbox:RateLimit"] = "2" }, time);
        using var client = sandbox.Authenticated();
        var products = new ProductService(sandbox.Stripe);
        var key = new RequestOptions { IdempotencyKey = "limited" };
        await products.ListAsync(cancellationToken: Cancellation);
        await products.ListAsync(cancellationToken: Cancellation);

        var refusal = await Assert.ThrowsAsync<StripeException>(() =>
            products.CreateAsync(new ProductCreateOptions { Name = "Mug" }, key, Cancellation));
        using var refused = await client.GetAsync("/v1/products", Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        var made = await products.CreateAsync(new ProductCreateOptions { Name = "Mug" }, key, Cancellation);

        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit"), (refusal.HttpStatusCode, refusal.StripeError.Code));
        Assert.Equal("global-rate", refused.Headers.GetValues("Stripe-Rate-Limited-Reason").Single());
        Assert.False(made.StripeResponse.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task Another_account_cannot_be_accessed()
    {
        await using var sandbox = new SandboxServer();

        var refusal = await Assert.ThrowsAsync<StripeException>(() => new SessionService(sandbox.Stripe).ListAsync(
            null, new RequestOptions { StripeAccount = "acct_other" }, Cancellation));
        var own = await new AccountService(sandbox.Stripe).GetSelfAsync(
            requestOptions: new RequestOptions { StripeAccount = "acct_1CheckoutAspireSbx" }, cancellationToken: Cancellation);

        Assert.Equal((HttpStatusCode.Forbidden, "account_invalid"), (refusal.HttpStatusCode, refusal.StripeError.Code));
        Assert.DoesNotContain(SandboxServer.Key, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("acct_1CheckoutAspireSbx", own.Id);
    }

    [Fact]
    public async Task A_failure_of_the_sandbox_itself_is_an_api_error_that_its_key_replays()
    {
        await using var sandbox = new SandboxServer();
        var path = $"/sandbox/subscriptions/{sandbox.BreakASubscription()}/renew";
        using var client = sandbox.Authenticated();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "broken");

        using var failure = await client.PostAsync(path, null, Cancellation);
        using var replay = await client.PostAsync(path, null, Cancellation);
        var said = await failure.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError), (failure.StatusCode, replay.StatusCode));
        Assert.Contains("\"type\": \"api_error\"", said, StringComparison.Ordinal);
        Assert.Equal("true", replay.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(said, await replay.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>Every operation passes through the pipeline, so that none of them can skip a rule.</summary>
    [Theory]
    [InlineData("POST", "/v1/refunds")]
    [InlineData("POST", "/v1/webhook_endpoints")]
    [InlineData("DELETE", "/v1/webhook_endpoints/we_x")]
    [InlineData("POST", "/v1/customers")]
    [InlineData("POST", "/v1/payment_methods")]
    [InlineData("POST", "/v1/payment_intents")]
    [InlineData("GET", "/v1/payment_pages/cs_x")]
    [InlineData("POST", "/v1/payment_pages/cs_x/confirm")]
    [InlineData("POST", "/v1/events/evt_x/retry")]
    [InlineData("POST", "/v1/stripecli/sessions")]
    [InlineData("POST", "/sandbox/subscriptions/sub_x/renew")]
    [InlineData("POST", "/sandbox/webhook_endpoints/we_x/roll_secret")]
    public async Task Every_operation_requires_the_key_knows_its_parameters_and_returns_a_request_id(string method, string path)
    {
        await using var sandbox = new SandboxServer();
        using var anonymous = sandbox.Anonymous();
        using var authenticated = sandbox.Authenticated();

        using var keyless = await anonymous.SendAsync(Request(""), Cancellation);
        using var live = Request("");
        live.Headers.Add("Authorization", "Bearer sk_live_51abc");
        using var refusedLive = await anonymous.SendAsync(live, Cancellation);
        using var unknown = await authenticated.SendAsync(Request("nonsense=1"), Cancellation);
        var said = await unknown.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (keyless.StatusCode, refusedLive.StatusCode));
        Assert.Contains("Received unknown parameter: nonsense", said, StringComparison.Ordinal);
        Assert.Contains("\"code\": \"parameter_unknown\"", said, StringComparison.Ordinal);
        Assert.StartsWith("req_", unknown.Headers.GetValues("Request-Id").Single(), StringComparison.Ordinal);

        HttpRequestMessage Request(string form) => new(new HttpMethod(method), method == "GET" ? $"{path}?{form}" : path)
        {
            Content = method == "GET"
                ? null
                : new StringContent(form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
    }

    [Theory]
    [InlineData("/v1/customers", "email=a@example.com")]
    [InlineData("/v1/payment_methods", "type=card&card[token]=tok_visa")]
    [InlineData("/v1/payment_intents", "amount=500&currency=usd")]
    [InlineData("/v1/webhook_endpoints", "url=http://localhost:9&enabled_events[]=charge.refunded")]
    public async Task Every_creation_is_idempotent_under_its_key(string path, string form)
    {
        await using var sandbox = new SandboxServer();
        using var client = sandbox.Authenticated();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");

        var (first, _) = await PostAsync(form);
        var (second, replayed) = await PostAsync(form);
        var (mismatch, _) = await PostAsync(form + "&metadata[a]=b");

        Assert.Equal(first, second);
        Assert.True(replayed);
        Assert.Contains("\"type\": \"idempotency_error\"", mismatch, StringComparison.Ordinal);

        async Task<(string Body, bool Replayed)> PostAsync(string body)
        {
            using var content = new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
            using var response = await client.PostAsync(path, content, Cancellation);
            return (await response.Content.ReadAsStringAsync(Cancellation), response.Headers.Contains("Idempotent-Replayed"));
        }
    }
}
