using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Errors;

/// <summary>Every code that a tool's error can carry. The list is closed: an agent may branch on it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckoutErrorCode>))]
internal enum CheckoutErrorCode
{
    /// <summary>An argument is wrong; <c>param</c> names it.</summary>
    [JsonStringEnumMemberName("invalid_request")]
    InvalidRequest,

    /// <summary>Stripe does not charge in this currency.</summary>
    [JsonStringEnumMemberName("currency_not_supported")]
    CurrencyNotSupported,

    /// <summary>The total is below Stripe's minimum for the currency.</summary>
    [JsonStringEnumMemberName("amount_too_small")]
    AmountTooSmall,

    /// <summary>The total is above what Stripe charges at once.</summary>
    [JsonStringEnumMemberName("amount_too_large")]
    AmountTooLarge,

    /// <summary>The operator lets agents sell at the catalogue's prices only.</summary>
    [JsonStringEnumMemberName("price_not_allowed")]
    PriceNotAllowed,

    /// <summary>The operator does not sell in this currency.</summary>
    [JsonStringEnumMemberName("currency_not_allowed")]
    CurrencyNotAllowed,

    /// <summary>More units than the operator, or the product, allows.</summary>
    [JsonStringEnumMemberName("quantity_not_allowed")]
    QuantityNotAllowed,

    /// <summary>A text that the buyer would see holds what it must not.</summary>
    [JsonStringEnumMemberName("text_not_allowed")]
    TextNotAllowed,

    /// <summary>The caller has begun to sell as much as it may in a day.</summary>
    [JsonStringEnumMemberName("daily_cap_exceeded")]
    DailyCapExceeded,

    /// <summary>The buyer has finished the checkout: it cannot be canceled any more.</summary>
    [JsonStringEnumMemberName("already_completed")]
    AlreadyCompleted,

    /// <summary>A redirect would leave the allowed origins.</summary>
    [JsonStringEnumMemberName("origin_not_allowed")]
    OriginNotAllowed,

    /// <summary>There is no such session, or it is not one of this installation.</summary>
    [JsonStringEnumMemberName("not_found")]
    NotFound,

    /// <summary>The idempotency key was used with other arguments.</summary>
    [JsonStringEnumMemberName("idempotency_conflict")]
    IdempotencyConflict,

    /// <summary>A call with this idempotency key is still running.</summary>
    [JsonStringEnumMemberName("idempotency_in_flight")]
    IdempotencyInFlight,

    /// <summary>The requestState is not one that this call may continue with.</summary>
    [JsonStringEnumMemberName("invalid_request_state")]
    InvalidRequestState,

    /// <summary>The card was declined.</summary>
    [JsonStringEnumMemberName("card_declined")]
    CardDeclined,

    /// <summary>Stripe, or this server itself, asks to slow down.</summary>
    [JsonStringEnumMemberName("rate_limited")]
    RateLimited,

    /// <summary>Stripe did not answer in time, or not at all.</summary>
    [JsonStringEnumMemberName("stripe_unreachable")]
    StripeUnreachable,

    /// <summary>Stripe answered with an error of its own.</summary>
    [JsonStringEnumMemberName("stripe_error")]
    StripeError,

    /// <summary>Stripe does not accept this server's key.</summary>
    [JsonStringEnumMemberName("authentication_failed")]
    AuthenticationFailed,

    /// <summary>This server's key may not do that.</summary>
    [JsonStringEnumMemberName("permission_denied")]
    PermissionDenied,

    /// <summary>The caller's credentials do not include the scope that the call needs.</summary>
    [JsonStringEnumMemberName("insufficient_scope")]
    InsufficientScope,

    /// <summary>The ledger does not answer; nothing is sold without it.</summary>
    [JsonStringEnumMemberName("ledger_unreachable")]
    LedgerUnreachable,

    /// <summary>A defect of this server.</summary>
    [JsonStringEnumMemberName("internal_error")]
    InternalError,
}

/// <summary>Who can do something about an error; the names are the Universal Commerce Protocol's.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckoutErrorSeverity>))]
internal enum CheckoutErrorSeverity
{
    /// <summary>The caller: with other arguments, or by waiting.</summary>
    [JsonStringEnumMemberName("recoverable")]
    Recoverable,

    /// <summary>The buyer.</summary>
    [JsonStringEnumMemberName("requires_buyer_input")]
    RequiresBuyerInput,

    /// <summary>Only those who run this server.</summary>
    [JsonStringEnumMemberName("unrecoverable")]
    Unrecoverable,
}
