using System.Net;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.DependencyInjection;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

public sealed class IdempotencyTests(SandboxServer sandbox) : IClassFixture<SandboxServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_request_under_the_same_key_gets_the_saved_response()
    {
        var service = new SessionService(sandbox.Stripe);
        var key = new RequestOptions { IdempotencyKey = "replayed" };

        var first = await service.CreateAsync(SandboxServer.Mug(), key, Cancellation);
        var second = await service.CreateAsync(SandboxServer.Mug(), key, Cancellation);

        Assert.Equal(first.Id, second.Id);
        Assert.False(first.StripeResponse.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal("true", second.StripeResponse.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal("replayed", second.StripeResponse.IdempotencyKey);
        Assert.NotEqual(first.StripeResponse.RequestId, second.StripeResponse.RequestId);
    }

    [Fact]
    public async Task Another_request_under_the_same_key_is_refused()
    {
        var service = new SessionService(sandbox.Stripe);
        var key = new RequestOptions { IdempotencyKey = "mismatched" };
        await service.CreateAsync(SandboxServer.Mug(), key, Cancellation);

        var refusal = await Assert.ThrowsAsync<StripeException>(() =>
            service.CreateAsync(SandboxServer.Mug(unitAmount: 5000), key, Cancellation));

        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_error"), (refusal.HttpStatusCode, refusal.StripeError.Type));
        Assert.StartsWith("Keys for idempotent requests can only be used with the same parameters", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_endpoint_under_the_same_key_is_refused()
    {
        var key = new RequestOptions { IdempotencyKey = "other-endpoint" };
        await new ProductService(sandbox.Stripe).CreateAsync(new ProductCreateOptions { Name = "x" }, key, Cancellation);

        var refusal = await Assert.ThrowsAsync<StripeException>(() =>
            new SessionService(sandbox.Stripe).CreateAsync(SandboxServer.Mug(), key, Cancellation));

        Assert.Contains("('/v1/products' vs '/v1/checkout/sessions')", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_failed_validation_may_be_corrected_under_its_key()
    {
        var service = new SessionService(sandbox.Stripe);
        var key = new RequestOptions { IdempotencyKey = "corrected" };
        await Assert.ThrowsAsync<StripeException>(() => service.CreateAsync(SandboxServer.Mug(unitAmount: 1), key, Cancellation));

        var session = await service.CreateAsync(SandboxServer.Mug(), key, Cancellation);

        Assert.Equal("open", session.Status);
    }

    [Fact]
    public async Task The_order_of_parameters_does_not_matter()
    {
        using var client = sandbox.Authenticated();

        var first = await PostAsync("name=cup&description=blue");
        var second = await PostAsync("description=blue&name=cup");

        Assert.Equal(first, second);

        async Task<string> PostAsync(string form)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/products");
            request.Content = new StringContent(form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
            request.Headers.Add("Idempotency-Key", "any-order");
            using var response = await client.SendAsync(request, Cancellation);
            return await response.Content.ReadAsStringAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_request_still_in_flight_holds_its_key()
    {
        using var client = sandbox.Authenticated();
        using var release = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var holder = Task.Run(
            () => sandbox.Services.GetRequiredService<SandboxStore>().Transact(null, _ =>
            {
                entered.Set();
                release.Wait(Cancellation);
                return 0;
            }),
            Cancellation);
        entered.Wait(Cancellation);

        // The request that claims the key first waits for the store; the other one fails at once.
        var first = PostAsync();
        var second = PostAsync();
        var refused = await Task.WhenAny(first, second);
        release.Set();
        await holder;
        var served = refused == first ? second : first;

        Assert.Equal(HttpStatusCode.Conflict, await refused);
        Assert.Equal(HttpStatusCode.OK, await served);

        async Task<HttpStatusCode> PostAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/products");
            request.Content = new FormUrlEncodedContent([new("name", "cup")]);
            request.Headers.Add("Idempotency-Key", "in-flight");
            using var response = await client.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
    }
}
