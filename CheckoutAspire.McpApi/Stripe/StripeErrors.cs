using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Turns a Stripe failure into a tool's error, with a sentence of our own for each class of failure and never Stripe's text.</summary>
internal static class StripeErrors
{
    /// <summary>The error for a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="request">The request for a session that failed; null for another call.</param>
    public static CheckoutException Explain(StripeFailure failure, SessionRequest? request = null)
    {
        if (failure.IsDefinitive && failure.StripeParam is { Length: > 0 } refused && request?.Parameters?.ContainsKey(refused.Split('[')[0]) == true)
        {
            return new CheckoutException(
                CheckoutError.Of(
                    CheckoutErrorCode.StripeError,
                    $"Stripe rejected {refused} of the seller's session parameters. The operator must correct CHECKOUT_SESSION_TEMPLATE or the catalog."),
                failure);
        }

        var isList = request?.Lines.Count > 1;
        var param = ArgumentOf(failure.StripeParam) is { } argument && isList ? LineOf(failure.StripeParam!) + argument : ArgumentOf(failure.StripeParam);
        var sentence = failure.Code switch
        {
            CheckoutErrorCode.CardDeclined => "The card was declined. Ask the buyer for another card.",
            CheckoutErrorCode.InvalidRequest when param is not null => $"Stripe rejected the value of {param}.",
            CheckoutErrorCode.InvalidRequest => "Stripe rejected this combination of arguments. A recurring price needs mode subscription, a one-time price mode payment.",
            CheckoutErrorCode.AmountTooSmall => "The total is below Stripe's minimum for this currency.",
            CheckoutErrorCode.AmountTooLarge => "The total is above Stripe's maximum for this currency.",
            CheckoutErrorCode.NotFound when param is not null => $"Stripe has no object with the id in {param}.",
            CheckoutErrorCode.NotFound => "Stripe has no such object.",
            CheckoutErrorCode.AuthenticationFailed =>
                "Stripe rejected this server's key. The operator must check STRIPE_SECRET_KEY.",
            CheckoutErrorCode.PermissionDenied =>
                "This server's Stripe key lacks a permission. The operator must give the restricted key write access to Checkout Sessions and read access to Prices and Products.",
            CheckoutErrorCode.RateLimited => "Too many calls to Stripe. Repeat the same call after retry_after seconds.",
            CheckoutErrorCode.StripeUnreachable => "Stripe did not answer in time. Repeat the same call after retry_after seconds.",
            CheckoutErrorCode.IdempotencyInFlight => "An earlier call for the same sale is still running at Stripe. Repeat the call after retry_after seconds.",
            CheckoutErrorCode.IdempotencyConflict => "idempotency_key was used for another sale. Choose a new key.",
            _ => "Stripe failed on its side. Repeat the same call after retry_after seconds.",
        };
        return new CheckoutException(
            CheckoutError.Of(failure.Code, sentence, failure.Code is CheckoutErrorCode.IdempotencyConflict ? "idempotency_key" : param, failure.RetryAfter),
            failure);
    }

    // Stripe's "line_items[2][quantity]" is our "line_items[2].quantity".
    private static string LineOf(string stripeParam) =>
        stripeParam.StartsWith("line_items[", StringComparison.Ordinal) && stripeParam.IndexOf(']', StringComparison.Ordinal) is > 0 and var end
            ? stripeParam[..(end + 1)] + "."
            : "";

    // Stripe's "line_items[0][price_data][unit_amount]" is our price_cents.
    private static string? ArgumentOf(string? stripeParam) => stripeParam switch
    {
        null or "" => null,
        "mode" or "success_url" or "cancel_url" or "currency" or "customer_email" or "client_reference_id" or "allow_promotion_codes" => stripeParam,
        "expires_at" => "expires_in_minutes",
        _ when stripeParam.EndsWith("[price]", StringComparison.Ordinal) => "price_id",
        _ when stripeParam.EndsWith("[quantity]", StringComparison.Ordinal) => "quantity",
        _ when stripeParam.EndsWith("[unit_amount]", StringComparison.Ordinal) => "price_cents",
        _ when stripeParam.EndsWith("[currency]", StringComparison.Ordinal) => "currency",
        _ when stripeParam.EndsWith("[name]", StringComparison.Ordinal) => "product_name",
        _ when stripeParam.Contains("metadata", StringComparison.Ordinal) => "metadata",
        _ => null,
    };
}
