using System.Net;
using System.Runtime.CompilerServices;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;
using Stripe;

namespace CheckoutAspire.McpApi.Tests;

public sealed class StripeErrorTests(RedisFixture redis) : McpApiTest(redis)
{
    [Theory]
    [InlineData(400, "invalid_request_error", "parameter_invalid_empty", "success_url", "invalid_request", "success_url", "recoverable")]
    [InlineData(400, "invalid_request_error", null, "line_items[0][price_data][unit_amount]", "invalid_request", "price_cents", "recoverable")]
    [InlineData(400, "invalid_request_error", null, "line_items[0][price_data][product_data][name]", "invalid_request", "product_name", "recoverable")]
    [InlineData(400, "invalid_request_error", null, "line_items[0][quantity]", "invalid_request", "quantity", "recoverable")]
    [InlineData(400, "invalid_request_error", null, "line_items[0][price_data][currency]", "invalid_request", "currency", "recoverable")]
    [InlineData(400, "invalid_request_error", null, "payment_intent_data[metadata][a]", "invalid_request", "metadata", "recoverable")]
    [InlineData(400, "invalid_request_error", null, "expires_at", "invalid_request", "expires_in_minutes", "recoverable")]
    [InlineData(400, "invalid_request_error", "email_invalid", "customer_email", "invalid_request", "customer_email", "recoverable")]
    [InlineData(400, "invalid_request_error", "parameter_unknown", "surprise", "invalid_request", null, "recoverable")]
    [InlineData(400, "invalid_request_error", "resource_missing", "line_items[0][price]", "not_found", "price_id", "recoverable")]
    [InlineData(400, "invalid_request_error", "amount_too_small", null, "amount_too_small", null, "recoverable")]
    [InlineData(400, "invalid_request_error", "amount_too_large", null, "amount_too_large", null, "recoverable")]
    [InlineData(400, "idempotency_error", null, null, "idempotency_conflict", "idempotency_key", "recoverable")]
    [InlineData(401, "invalid_request_error", null, null, "authentication_failed", null, "unrecoverable")]
    [InlineData(402, "card_error", "card_declined", null, "card_declined", null, "requires_buyer_input")]
    [InlineData(403, "invalid_request_error", "secret_key_required", null, "permission_denied", null, "unrecoverable")]
    [InlineData(424, "api_error", null, null, "stripe_error", null, "recoverable")]
    [InlineData(429, "invalid_request_error", "rate_limit", null, "rate_limited", null, "recoverable")]
    [InlineData(500, "api_error", null, null, "stripe_error", null, "recoverable")]
    [InlineData(400, "card_error", "expired_card", null, "card_declined", null, "requires_buyer_input")]
    [InlineData(400, "invalid_request_error", "url_invalid", "cancel_url", "invalid_request", "cancel_url", "recoverable")]
    [InlineData(400, "invalid_request_error", "parameter_invalid_integer", "line_items[0][quantity]", "invalid_request", "quantity", "recoverable")]
    [InlineData(400, "invalid_request_error", "lock_timeout", null, "rate_limited", null, "recoverable")]
    [InlineData(400, "a_type_that_stripe_will_invent", null, null, "invalid_request", null, "recoverable")]
    [InlineData(401, "authentication_error", "api_key_expired", null, "authentication_failed", null, "unrecoverable")]
    [InlineData(403, "permission_error", "more_permissions_required", null, "permission_denied", null, "unrecoverable")]
    [InlineData(404, "invalid_request_error", null, null, "not_found", null, "recoverable")]
    [InlineData(409, "idempotency_error", null, null, "idempotency_in_flight", null, "recoverable")]
    [InlineData(429, "rate_limit", "rate_limit", null, "rate_limited", null, "recoverable")]
    [InlineData(400, "temporary_session_expired", null, null, "invalid_request", null, "recoverable")]
    [InlineData(501, "api_error", null, null, "stripe_error", null, "recoverable")]
    [InlineData(503, "api_connection_error", null, null, "stripe_error", null, "recoverable")]
    public async Task Each_class_of_Stripes_errors_has_a_code_and_none_of_Stripes_text(
        int status, string type, string? code, string? stripeParam, string expected, string? param, string severity)
    {
        // The header ends Stripe.net's retries, as Stripe does; each retry would get a response.
        Stripe.NextError(status, type, code, stripeParam, header: "Stripe-Should-Retry", value: "false");

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal(expected, error.GetProperty("code").GetString());
        Assert.Equal(param, error.TryGetProperty("param", out var name) ? name.GetString() : null);
        Assert.Equal(severity, error.GetProperty("severity").GetString());
        Assert.DoesNotContain("raw words", error.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("sk_test", error.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(expected is "rate_limited" or "stripe_error" or "idempotency_in_flight", error.TryGetProperty("retry_after", out _));
    }

    public static TheoryData<string> StripeNetErrors() => [.. typeof(StripeException).Assembly.GetExportedTypes()
        .Where(type => type.IsAssignableTo(typeof(StripeException)))
        .Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(StripeNetErrors))]
    public void Each_error_class_of_Stripe_net_has_a_code_and_a_sentence_of_ours(string type)
    {
        foreach (var status in (int[])[400, 401, 402, 403, 404, 409, 424, 429, 500, 503])
        {
            // Only Stripe.net itself can create most of them.
            var exception = (StripeException)RuntimeHelpers.GetUninitializedObject(typeof(StripeException).Assembly.GetType(type)!);
            exception.HttpStatusCode = (HttpStatusCode)status;
            exception.StripeError = new StripeError { Type = "whatever", Message = "raw words" };

            var error = StripeErrors.Explain(StripeFailure.From(exception)).Error;

            Assert.NotEqual(CheckoutErrorCode.InternalError, error.Code);
            Assert.NotEmpty(error.Error);
            Assert.DoesNotContain("raw words", error.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Stripes_wish_to_wait_is_passed_on()
    {
        Stripe.NextError(429, "invalid_request_error", "rate_limit", header: "Retry-After", value: "17");

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal(17, error.GetProperty("retry_after").GetInt32());
    }

    [Fact]
    public async Task A_conflict_at_Stripe_is_retried_and_then_reported()
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Stripe.NextError(409, "invalid_request_error", "idempotency_key_in_use");
        }

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("idempotency_in_flight", error.GetProperty("code").GetString());
        Assert.Equal(3, Stripe.Creates.Count);
        Assert.Single(Stripe.Creates.Select(call => call.IdempotencyKey).Distinct());
    }

    [Fact]
    public async Task A_500_is_retried_under_the_same_key_and_sells_once()
    {
        Stripe.NextError(500, "api_error");

        await SellAsync();

        Assert.Equal(2, Stripe.Creates.Count);
        Assert.Single(Stripe.Creates.Select(call => call.IdempotencyKey).Distinct());
        Assert.Equal(1, Stripe.SessionCount);
    }

    [Theory]
    [InlineData(200, "<html>a proxy's page</html>")]
    [InlineData(200, "null")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"object":"checkout.session"}""")]
    [InlineData(502, "<html>a proxy's page</html>")]
    [InlineData(400, "not json")]
    public async Task An_unreadable_response_is_a_stripe_error(int status, string body)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Stripe.Next(context =>
            {
                context.Response.StatusCode = status;
                return context.Response.WriteAsync(body);
            });
        }

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("stripe_error", error.GetProperty("code").GetString());
        Assert.DoesNotContain("proxy", error.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_connection_to_Stripe_is_reported_as_unreachable()
    {
        await Stripe.DisposeAsync();

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("stripe_unreachable", error.GetProperty("code").GetString());
    }
}
