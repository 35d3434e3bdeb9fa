using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Errors;

/// <summary>Every code of a tool's error. The list is closed, so that agents can branch on it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckoutErrorCode>))]
internal enum CheckoutErrorCode
{
    /// <summary>An argument is invalid; <c>param</c> names it.</summary>
    [JsonStringEnumMemberName("invalid_request")]
    InvalidRequest,

    /// <summary>Stripe does not charge in this currency.</summary>
    [JsonStringEnumMemberName("currency_not_supported")]
    CurrencyNotSupported,

    /// <summary>The total is below Stripe's minimum for the currency.</summary>
    [JsonStringEnumMemberName("amount_too_small")]
    AmountTooSmall,

    /// <summary>The total is above Stripe's maximum for one charge.</summary>
    [JsonStringEnumMemberName("amount_too_large")]
    AmountTooLarge,

    /// <summary>The operator lets agents sell only at the catalog's prices.</summary>
    [JsonStringEnumMemberName("price_not_allowed")]
    PriceNotAllowed,

    /// <summary>The operator does not sell in this currency.</summary>
    [JsonStringEnumMemberName("currency_not_allowed")]
    CurrencyNotAllowed,

    /// <summary>More units than the operator or the product allows.</summary>
    [JsonStringEnumMemberName("quantity_not_allowed")]
    QuantityNotAllowed,

    /// <summary>Fewer units of a product are left than the sale needs.</summary>
    [JsonStringEnumMemberName("out_of_stock")]
    OutOfStock,

    /// <summary>A text of the caller has characters or links that are not allowed.</summary>
    [JsonStringEnumMemberName("text_not_allowed")]
    TextNotAllowed,

    /// <summary>The sale would exceed the caller's daily limit.</summary>
    [JsonStringEnumMemberName("daily_cap_exceeded")]
    DailyCapExceeded,

    /// <summary>The buyer has completed the checkout, so it cannot be canceled or replaced.</summary>
    [JsonStringEnumMemberName("already_completed")]
    AlreadyCompleted,

    /// <summary>Another call has replaced the checkout, or is replacing it.</summary>
    [JsonStringEnumMemberName("already_replaced")]
    AlreadyReplaced,

    /// <summary>The checkout is not paid, or nothing is left of its payment.</summary>
    [JsonStringEnumMemberName("not_refundable")]
    NotRefundable,

    /// <summary>A redirect URL is not on an allowed origin.</summary>
    [JsonStringEnumMemberName("origin_not_allowed")]
    OriginNotAllowed,

    /// <summary>The session, product or Price does not exist, or the session belongs to another caller or installation.</summary>
    [JsonStringEnumMemberName("not_found")]
    NotFound,

    /// <summary>The idempotency key was used with other arguments.</summary>
    [JsonStringEnumMemberName("idempotency_conflict")]
    IdempotencyConflict,

    /// <summary>A call with this idempotency key is still running.</summary>
    [JsonStringEnumMemberName("idempotency_in_flight")]
    IdempotencyInFlight,

    /// <summary>The requestState belongs to another call, has expired or was used before.</summary>
    [JsonStringEnumMemberName("invalid_request_state")]
    InvalidRequestState,

    /// <summary>The card was declined.</summary>
    [JsonStringEnumMemberName("card_declined")]
    CardDeclined,

    /// <summary>Stripe's or this server's rate limit is exceeded.</summary>
    [JsonStringEnumMemberName("rate_limited")]
    RateLimited,

    /// <summary>Stripe did not answer in time.</summary>
    [JsonStringEnumMemberName("stripe_unreachable")]
    StripeUnreachable,

    /// <summary>Stripe failed on its side.</summary>
    [JsonStringEnumMemberName("stripe_error")]
    StripeError,

    /// <summary>Stripe does not accept this server's key.</summary>
    [JsonStringEnumMemberName("authentication_failed")]
    AuthenticationFailed,

    /// <summary>This server's Stripe key lacks a permission.</summary>
    [JsonStringEnumMemberName("permission_denied")]
    PermissionDenied,

    /// <summary>The caller's credentials do not include the scope that the call needs.</summary>
    [JsonStringEnumMemberName("insufficient_scope")]
    InsufficientScope,

    /// <summary>The ledger is unreachable, and nothing is sold without it.</summary>
    [JsonStringEnumMemberName("ledger_unreachable")]
    LedgerUnreachable,

    /// <summary>A defect of this server.</summary>
    [JsonStringEnumMemberName("internal_error")]
    InternalError,
}

/// <summary>Who can resolve an error. The names are the Universal Commerce Protocol's.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckoutErrorSeverity>))]
internal enum CheckoutErrorSeverity
{
    /// <summary>The caller, with other arguments or by waiting.</summary>
    [JsonStringEnumMemberName("recoverable")]
    Recoverable,

    /// <summary>The buyer.</summary>
    [JsonStringEnumMemberName("requires_buyer_input")]
    RequiresBuyerInput,

    /// <summary>Only the operator of this server.</summary>
    [JsonStringEnumMemberName("unrecoverable")]
    Unrecoverable,
}
