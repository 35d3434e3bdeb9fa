using System.Globalization;
using System.Net;
using CheckoutAspire.McpApi.Errors;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Stripe rejected a request, failed or did not answer in time. Contains our classification and none of Stripe's text.</summary>
internal sealed class StripeFailure : Exception
{
    private static readonly TimeSpan s_defaultRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_outageRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromMinutes(10);

    public StripeFailure(CheckoutErrorCode code)
        : base($"Stripe: {CheckoutErrorJson.NameOf(code)}") => Code = code;

    public CheckoutErrorCode Code { get; }

    /// <summary>The parameter that Stripe rejected, by its name in Stripe's API, for example <c>line_items[0][price]</c>.</summary>
    public string? StripeParam { get; private init; }

    /// <summary>Stripe's id of the request, for Stripe's support and Dashboard.</summary>
    public string? RequestId { get; private init; }

    /// <summary>Whether Stripe will never accept this request, so that it can be deleted.</summary>
    public bool IsDefinitive { get; private init; }

    /// <summary>Whether Stripe replayed the response that it has saved under the idempotency key, and will go on to replay it.</summary>
    public bool IsReplayed { get; private init; }

    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>This server has looked up as much at Stripe as it does on behalf of callers.</summary>
    public static StripeFailure LookupsExhausted() => new(CheckoutErrorCode.RateLimited) { RetryAfter = s_defaultRetry };

    /// <summary>Classifies the failure of a call.</summary>
    /// <param name="exception">
    /// A <see cref="StripeException"/> for an error response, a <see cref="HttpRequestException"/> or <see cref="OperationCanceledException"/> if there was no
    /// response, and any other exception if the response was unreadable.
    /// </param>
    public static StripeFailure From(Exception exception) => exception switch
    {
        HttpRequestException or OperationCanceledException or IOException =>
            new StripeFailure(CheckoutErrorCode.StripeUnreachable) { RetryAfter = s_outageRetry },
        StripeException { StripeError: not null } answer => FromAnswer(answer),
        StripeException answer => new StripeFailure(CheckoutErrorCode.StripeError)
        {
            RequestId = answer.StripeResponse?.RequestId,
            IsReplayed = Replayed(answer),
            RetryAfter = s_outageRetry,
        },
        _ => new StripeFailure(CheckoutErrorCode.StripeError) { RetryAfter = s_outageRetry },
    };

    private static StripeFailure FromAnswer(StripeException answer)
    {
        var code = CodeOf(answer);
        var status = (int)answer.HttpStatusCode;
        return new StripeFailure(code)
        {
            StripeParam = answer.StripeError.Param,
            RequestId = answer.StripeResponse?.RequestId,
            // 401 and 403 concern this server's key, not the request.
            IsDefinitive = status is >= 400 and < 500 and not (401 or 403 or 409 or 424 or 429),
            IsReplayed = Replayed(answer),
            RetryAfter = code switch
            {
                CheckoutErrorCode.RateLimited => RetryAfterOf(answer) ?? s_defaultRetry,
                CheckoutErrorCode.IdempotencyInFlight => s_defaultRetry,
                CheckoutErrorCode.StripeError => s_outageRetry,
                _ => null,
            },
        };
    }

    // https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
    private static CheckoutErrorCode CodeOf(StripeException answer) => (answer.HttpStatusCode, answer.StripeError.Type, answer.StripeError.Code) switch
    {
        (HttpStatusCode.Unauthorized, _, _) => CheckoutErrorCode.AuthenticationFailed,
        (HttpStatusCode.Forbidden, _, _) => CheckoutErrorCode.PermissionDenied,
        (HttpStatusCode.TooManyRequests, _, _) or (_, _, "rate_limit" or "lock_timeout") => CheckoutErrorCode.RateLimited,
        (HttpStatusCode.Conflict, _, _) or (_, _, "idempotency_key_in_use") => CheckoutErrorCode.IdempotencyInFlight,
        (_, "idempotency_error", _) => CheckoutErrorCode.IdempotencyConflict,
        (_, "card_error", _) or (HttpStatusCode.PaymentRequired, _, _) => CheckoutErrorCode.CardDeclined,
        (_, _, "amount_too_small") => CheckoutErrorCode.AmountTooSmall,
        (_, _, "amount_too_large") => CheckoutErrorCode.AmountTooLarge,
        (_, _, "resource_missing") or (HttpStatusCode.NotFound, _, _) => CheckoutErrorCode.NotFound,
        ( >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.FailedDependency, _, _) =>
            CheckoutErrorCode.InvalidRequest,
        _ => CheckoutErrorCode.StripeError,
    };

    private static bool Replayed(StripeException answer) =>
        answer.StripeResponse?.Headers is { } headers
        && headers.TryGetValues("Idempotent-Replayed", out var values)
        && values.Contains("true", StringComparer.OrdinalIgnoreCase);

    private static TimeSpan? RetryAfterOf(StripeException answer)
    {
        var wait = answer.StripeResponse?.Headers is { } headers
            && headers.TryGetValues("Retry-After", out var values)
            && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : (TimeSpan?)null;
        return wait > s_longestRetry ? s_longestRetry : wait;
    }
}
