namespace CheckoutAspire.McpApi.Errors;

/// <summary>The error of a tool call: a sentence for people and models, and a code for programs.</summary>
internal sealed record CheckoutError
{
    /// <summary>What went wrong, for people and models.</summary>
    public required string Error { get; init; }

    public required CheckoutErrorCode Code { get; init; }

    /// <summary>The invalid argument, if there is one.</summary>
    public string? Param { get; init; }

    public required CheckoutErrorSeverity Severity { get; init; }

    /// <summary>Seconds until the same call may succeed.</summary>
    public int? RetryAfter { get; init; }

    public static CheckoutError Of(CheckoutErrorCode code, string error, string? param = null, TimeSpan? retryAfter = null) => new()
    {
        Error = error,
        Code = code,
        Param = param,
        Severity = SeverityOf(code),
        RetryAfter = retryAfter is { } wait ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : null,
    };

    /// <summary>The error of a call that needs the ledger while it is unreachable.</summary>
    public static CheckoutError LedgerUnreachable() => Of(
        CheckoutErrorCode.LedgerUnreachable,
        "The seller's ledger is unreachable, and nothing is sold without it. Try again in a few seconds.",
        retryAfter: TimeSpan.FromSeconds(5));

    private static CheckoutErrorSeverity SeverityOf(CheckoutErrorCode code) => code switch
    {
        CheckoutErrorCode.CardDeclined => CheckoutErrorSeverity.RequiresBuyerInput,
        CheckoutErrorCode.AuthenticationFailed or CheckoutErrorCode.PermissionDenied or CheckoutErrorCode.InsufficientScope
            or CheckoutErrorCode.InternalError =>
            CheckoutErrorSeverity.Unrecoverable,
        _ => CheckoutErrorSeverity.Recoverable,
    };
}

/// <summary>Ends a tool call with an error. It never leaves the tool.</summary>
internal sealed class CheckoutException(CheckoutError error, Exception? cause = null) : Exception(error.Error, cause)
{
    public CheckoutException(CheckoutErrorCode code, string error, string? param = null, TimeSpan? retryAfter = null)
        : this(CheckoutError.Of(code, error, param, retryAfter))
    {
    }

    public CheckoutError Error { get; } = error;
}
