using System.Net;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Stripe's errors, with Stripe's wording where it is known.</summary>
/// <remarks>
/// Sentences come from Stripe's own replies as quoted in public issues and from <see href="https://docs.stripe.com/error-codes"/>.
/// </remarks>
internal static class ApiErrors
{
    private const string InvalidRequest = "invalid_request_error";

    public static StripeException MissingKey() => Error(
        HttpStatusCode.Unauthorized,
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. "
        + "'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at "
        + "https://support.stripe.com/.");

    /// <summary>Shows the key's prefix and its last four characters, as Stripe does.</summary>
    public static StripeException InvalidKey(string key) => Error(
        HttpStatusCode.Unauthorized, $"Invalid API Key provided: {Redact(key)}");

    public static StripeException LiveKey() => Error(
        HttpStatusCode.Unauthorized,
        "This is a local Stripe sandbox, which refuses live keys. Use the sandbox's own key, or send this request to https://api.stripe.com.");

    public static StripeException UnknownUrl(string method, string path) => Error(
        HttpStatusCode.NotFound,
        $"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. If you are trying to "
        + "retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we "
        + "can help at https://support.stripe.com/.");

    public static StripeException UnknownParameters(IReadOnlyList<string> names) => Error(
        HttpStatusCode.BadRequest,
        names.Count == 1 ? $"Received unknown parameter: {names[0]}" : $"Received unknown parameters: {string.Join(", ", names)}",
        "parameter_unknown",
        names[0]);

    /// <summary>A parameter that Stripe accepts and the sandbox does not simulate.</summary>
    public static StripeException NotSimulated(string parameter) => Error(
        HttpStatusCode.BadRequest,
        $"The local Stripe sandbox does not simulate `{parameter}`. Leave it out, or use a test key of a Stripe account.",
        "sandbox_not_simulated",
        parameter);

    public static StripeException Missing(string parameter) => Error(
        HttpStatusCode.BadRequest, $"Missing required param: {parameter}.", "parameter_missing", parameter);

    public static StripeException Empty(string parameter) => Error(
        HttpStatusCode.BadRequest,
        $"You passed an empty string for '{parameter}'. We assume empty values are an attempt to unset a parameter; however '{parameter}' "
        + $"cannot be unset. You should remove '{parameter}' from your request or supply a non-empty value.",
        "parameter_invalid_empty",
        parameter);

    public static StripeException InvalidInteger(string value, string parameter) => Error(
        HttpStatusCode.BadRequest, $"Invalid integer: {value}", "parameter_invalid_integer", parameter);

    public static StripeException TooLow(long minimum, string parameter) => Error(
        HttpStatusCode.BadRequest,
        $"This value must be greater than or equal to {minimum}.",
        "parameter_invalid_integer",
        parameter);

    public static StripeException TooLong(string value, int limit, string parameter) => Invalid(
        $"Invalid string: {value[..Math.Min(value.Length, 20)]}...; must be at most {limit} characters", parameter);

    public static StripeException InvalidEnum(string parameter, IReadOnlyList<string> allowed) => Invalid(
        allowed.Count == 1
            ? $"Invalid {parameter}: must be {allowed[0]}"
            : $"Invalid {parameter}: must be one of {string.Join(", ", allowed.SkipLast(1))}, or {allowed[^1]}",
        parameter);

    public static StripeException InvalidUrl(string parameter) => Error(
        HttpStatusCode.BadRequest, "Not a valid URL", "url_invalid", parameter);

    public static StripeException InvalidEmail(string value, string parameter) => Error(
        HttpStatusCode.BadRequest, $"Invalid email address: {value}", "email_invalid", parameter);

    /// <summary>An invalid value that has no error code.</summary>
    public static StripeException Invalid(string message, string? parameter = null) => Error(
        HttpStatusCode.BadRequest, message, null, parameter);

    /// <summary>404 for an identifier in the path. Stripe quotes every identifier except a session's.</summary>
    public static StripeException NoSuchObject(string kind, string id) => Error(
        HttpStatusCode.NotFound,
        kind == "checkout.session" ? $"No such {kind}: {id}" : $"No such {kind}: '{id}'",
        "resource_missing",
        kind switch
        {
            "checkout.session" => "session",
            "payment_intent" => "intent",
            "webhook endpoint" => "webhook_endpoint",
            "price" or "subscription" or "invoice" => kind,
            _ => "id",
        });

    /// <summary>400 for an identifier in a parameter.</summary>
    public static StripeException NoSuchReference(string kind, string id, string parameter) => Error(
        HttpStatusCode.BadRequest, $"No such {kind}: '{id}'", "resource_missing", parameter);

    public static StripeException AmountTooSmall(string minimum) => Error(
        HttpStatusCode.BadRequest,
        $"The Checkout Session's total amount due must add up to at least {minimum}",
        "amount_too_small");

    public static StripeException AmountTooLarge(string maximum, string? parameter) => Error(
        HttpStatusCode.BadRequest, $"Amount must be no more than {maximum}", "amount_too_large", parameter);

    public static StripeException IdempotencyMismatch(string key) => Error(
        HttpStatusCode.BadRequest,
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than "
        + $"'{key}' if you meant to execute a different request.",
        type: "idempotency_error");

    public static StripeException IdempotencyOtherEndpoint(string key, string first, string now) => Error(
        HttpStatusCode.BadRequest,
        $"Keys for idempotent requests can only be used for the same endpoint they were first used for ('{first}' vs '{now}'). Try using "
        + $"a key other than '{key}' if you meant to execute a different request.",
        type: "idempotency_error");

    public static StripeException IdempotencyInUse(string key) => Error(
        HttpStatusCode.Conflict,
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other "
        + $"request is still going through): {key}. Please try again later.",
        "idempotency_key_in_use",
        type: "idempotency_error");

    /// <remarks><see href="https://docs.stripe.com/rate-limits"/></remarks>
    public static StripeException RateLimited() => Error(
        HttpStatusCode.TooManyRequests,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        "rate_limit");

    /// <summary>A <c>Stripe-Account</c> header that names another account.</summary>
    public static StripeException OtherAccount(string key, string account) => Error(
        HttpStatusCode.Forbidden,
        $"The provided key '{Redact(key)}' does not have access to account '{account}' (or that account does not exist). Application access "
        + "may have been revoked.",
        "account_invalid");

    public static StripeException InvalidWebhookUrl() => Error(
        HttpStatusCode.BadRequest, "Invalid URL: An explicit scheme (such as https) must be provided.", "url_invalid", "url");

    public static StripeException AlreadyRefunded(string chargeId) => Error(
        HttpStatusCode.BadRequest, $"Charge {chargeId} has already been refunded.", "charge_already_refunded");

    /// <summary>402: the card was declined.</summary>
    public static StripeException Card(StripeError error) => new(HttpStatusCode.PaymentRequired, error, error.Message);

    public static StripeException Unexpected(string code, string message, string? parameter = null) => Error(
        HttpStatusCode.BadRequest, message, code, parameter);

    public static StripeException Internal() => Error(
        HttpStatusCode.InternalServerError, "An error occurred in the sandbox.", type: "api_error");

    private static StripeException Error(
        HttpStatusCode status, string message, string? code = null, string? parameter = null, string type = InvalidRequest) =>
        new(status, new StripeError { Type = type, Code = code, Message = message, Param = parameter }, message);

    private static string Redact(string key)
    {
        // sk_test_4eC39HqLyjWDarjtT1zdp7dc is shown as sk_test_****p7dc
        var isTest = key.StartsWith("sk_test_", StringComparison.Ordinal) || key.StartsWith("rk_test_", StringComparison.Ordinal);
        var prefix = isTest ? key[..8] : "";
        return key.Length - prefix.Length > 8 ? $"{prefix}****{key[^4..]}" : $"{prefix}****";
    }
}
