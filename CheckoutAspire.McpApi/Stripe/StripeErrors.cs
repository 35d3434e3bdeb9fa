using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Says a Stripe failure in our own words: one sentence for each class, never Stripe's text.</summary>
internal static class StripeErrors
{
    /// <summary>The tool's error for a failure.</summary>
    /// <param name="failure">What Stripe answered.</param>
    /// <param name="isList">Whether the lines were given as <c>line_items</c>.</param>
    public static CheckoutException Explain(StripeFailure failure, bool isList = false)
    {
        var param = ArgumentOf(failure.StripeParam) is { } argument && isList ? LineOf(failure.StripeParam!) + argument : ArgumentOf(failure.StripeParam);
        var sentence = failure.Code switch
        {
            CheckoutErrorCode.CardDeclined => "The card was declined; ask the buyer for another one.",
            CheckoutErrorCode.InvalidRequest when param is not null => $"Stripe does not accept {param} as it is given.",
            CheckoutErrorCode.InvalidRequest => "Stripe does not accept this combination of arguments; a recurring price needs mode subscription, a one-time price mode payment.",
            CheckoutErrorCode.AmountTooSmall => "The total is below Stripe's minimum for this currency.",
            CheckoutErrorCode.AmountTooLarge => "The total is above Stripe's maximum for this currency.",
            CheckoutErrorCode.NotFound when param is not null => $"Stripe has no such object as {param} names.",
            CheckoutErrorCode.NotFound => "Stripe has no such object.",
            CheckoutErrorCode.AuthenticationFailed =>
                "Stripe does not accept this server's key; those who run it must check STRIPE_SECRET_KEY.",
            CheckoutErrorCode.PermissionDenied =>
                "This server's Stripe key may not do that; those who run it must give the restricted key write access to Checkout Sessions and read access to Prices and Products.",
            CheckoutErrorCode.RateLimited => "Stripe asks to slow down; repeat the same call a little later.",
            CheckoutErrorCode.StripeUnreachable => "Stripe did not answer in time; repeat the same call a little later.",
            CheckoutErrorCode.IdempotencyInFlight => "An earlier call for the same sale is still running at Stripe; repeat it a little later.",
            CheckoutErrorCode.IdempotencyConflict => "idempotency_key was used for another sale; choose a new one.",
            _ => "Stripe failed on its side; repeat the same call a little later.",
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
