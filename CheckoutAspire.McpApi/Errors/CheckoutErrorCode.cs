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

    /// <summary>Stripe asks to slow down.</summary>
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
