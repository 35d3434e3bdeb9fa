using System.Text.Json;
using CheckoutAspire.McpApi.Errors;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// JSON-RPC errors for requests that could not be processed, with <c>data {code, content, path?, retry_after?}</c>. Decisions about a checkout are
/// results instead: <see href="https://ucp.dev/2026-04-08/specification/checkout-mcp#error-handling"/>.
/// </summary>
internal static class UcpErrors
{
    private const McpErrorCode Protocol = (McpErrorCode)(-32000);
    private const McpErrorCode Discovery = (McpErrorCode)(-32001);

    private static readonly TimeSpan s_storageRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_raceRetry = TimeSpan.FromSeconds(1);

    public static McpProtocolException Invalid(string path, string content) => Of(McpErrorCode.InvalidParams, "invalid_request", content, path);

    public static McpProtocolException InvalidProfile(string content) =>
        Of(Discovery, "invalid_profile_url", content, "$.meta['ucp-agent'].profile");

    public static McpProtocolException KeyMissing() => Of(
        McpErrorCode.InvalidParams,
        "idempotency_key_required",
        "meta.idempotency-key is missing. Pass a UUID, and repeat it with a retry so that nothing happens twice.",
        "$.meta['idempotency-key']");

    public static McpProtocolException KeyConflict() => Of(
        Protocol,
        "idempotency_conflict",
        "meta.idempotency-key was used with other arguments. Repeat those arguments, or choose a new key.",
        "$.meta['idempotency-key']");

    public static McpProtocolException KeyInFlight() =>
        Of(Protocol, "idempotency_in_flight", "A call with this idempotency-key is still running. Repeat it after retry_after seconds.", retryAfter: s_raceRetry);

    public static McpProtocolException Contention() =>
        Of(Protocol, "conflict", "Another call is changing this checkout. Repeat this call.", retryAfter: s_raceRetry);

    public static McpProtocolException StorageUnreachable() => Of(
        Protocol, "ledger_unreachable", "The seller's ledger is unreachable, and nothing is sold without it. Try again in a few seconds.", retryAfter: s_storageRetry);

    public static McpProtocolException Internal() => Of(
        McpErrorCode.InternalError,
        "internal_error",
        "Unexpected server error. The operator can find the cause in the server log.");

    /// <summary>The protocol error for a temporary failure or one that only the operator can resolve; null for a problem of the request.</summary>
    public static McpProtocolException? Of(CheckoutError error) => error switch
    {
        { Severity: CheckoutErrorSeverity.Unrecoverable } => Of(McpErrorCode.InternalError, CodeOf(error), error.Error),
        { RetryAfter: { } seconds } when IsTemporary(error.Code) => Of(Protocol, CodeOf(error), error.Error, retryAfter: TimeSpan.FromSeconds(seconds)),
        _ => null,
    };

    /// <summary>The protocol error for a rejection by a filter, which has the shape of <c>/mcp</c>: <c>{error, code, retry_after?}</c>.</summary>
    public static McpProtocolException Of(JsonElement? rejection)
    {
        var answer = rejection is { ValueKind: JsonValueKind.Object } element ? element : default;
        return Of(
            Protocol,
            Property(answer, "code")?.GetString() ?? "rejected",
            Property(answer, "error")?.GetString() ?? "The call was rejected.",
            retryAfter: Property(answer, "retry_after") is { } seconds ? TimeSpan.FromSeconds(seconds.GetInt32()) : null);
    }

    /// <summary>The code of the MCP tools for the same error.</summary>
    public static string CodeOf(CheckoutError error) => CheckoutErrorJson.NameOf(error.Code);

    private static bool IsTemporary(CheckoutErrorCode code) => code
        is CheckoutErrorCode.RateLimited
        or CheckoutErrorCode.StripeUnreachable
        or CheckoutErrorCode.StripeError
        or CheckoutErrorCode.LedgerUnreachable
        or CheckoutErrorCode.IdempotencyInFlight;

    private static JsonElement? Property(JsonElement owner, string name) =>
        owner.ValueKind is JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? value : null;

    private static McpProtocolException Of(McpErrorCode error, string code, string content, string? path = null, TimeSpan? retryAfter = null)
    {
        var exception = new McpProtocolException(content, error);
        exception.Data["code"] = code;
        exception.Data["content"] = content;
        if (path is not null)
        {
            exception.Data["path"] = path;
        }

        if (retryAfter is { } wait)
        {
            exception.Data["retry_after"] = (int)Math.Ceiling(wait.TotalSeconds);
        }

        return exception;
    }
}
