using System.Text.Json;
using CheckoutAspire.McpApi.Errors;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// What prevents a request from being processed at all is a JSON-RPC error, with <c>data {code, content, path?, retry_after?}</c>; what
/// is decided about a checkout is a result: <see href="https://ucp.dev/2026-04-08/specification/checkout-mcp#error-handling"/>.
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
        "meta.idempotency-key is missing: a UUID that is repeated with a retry, so that it does nothing twice.",
        "$.meta['idempotency-key']");

    public static McpProtocolException KeyConflict() => Of(
        Protocol,
        "idempotency_conflict",
        "meta.idempotency-key was used with other arguments; repeat those, or choose a new key.",
        "$.meta['idempotency-key']");

    public static McpProtocolException KeyInFlight() =>
        Of(Protocol, "idempotency_in_flight", "A call with this idempotency-key is still running; repeat it for its answer.", retryAfter: s_raceRetry);

    public static McpProtocolException Contention() =>
        Of(Protocol, "conflict", "Another call is changing this checkout; repeat this one.", retryAfter: s_raceRetry);

    public static McpProtocolException StorageUnreachable() => Of(
        Protocol, "ledger_unreachable", "The seller's ledger does not answer, and nothing is sold without it; try again shortly.", retryAfter: s_storageRetry);

    public static McpProtocolException Internal() => Of(
        McpErrorCode.InternalError,
        "internal_error",
        "The server failed in a way that it did not expect; those who run it find the reason in its log.");

    /// <summary>The protocol error of a failure that passes by itself or that the operator has to cure; null when it is about what was asked for.</summary>
    public static McpProtocolException? Of(CheckoutError error) => error switch
    {
        { Severity: CheckoutErrorSeverity.Unrecoverable } => Of(McpErrorCode.InternalError, CodeOf(error), error.Error),
        { RetryAfter: { } seconds } when Passes(error.Code) => Of(Protocol, CodeOf(error), error.Error, retryAfter: TimeSpan.FromSeconds(seconds)),
        _ => null,
    };

    /// <summary>What a filter in front of the tool answered in the other server's shape: <c>{error, code, retry_after?}</c>.</summary>
    public static McpProtocolException Of(JsonElement? refusal)
    {
        var answer = refusal is { ValueKind: JsonValueKind.Object } element ? element : default;
        return Of(
            Protocol,
            Property(answer, "code")?.GetString() ?? "refused",
            Property(answer, "error")?.GetString() ?? "The call was refused.",
            retryAfter: Property(answer, "retry_after") is { } seconds ? TimeSpan.FromSeconds(seconds.GetInt32()) : null);
    }

    /// <summary>The same code as the other tools' errors have.</summary>
    public static string CodeOf(CheckoutError error) => CheckoutErrorJson.NameOf(error.Code);

    private static bool Passes(CheckoutErrorCode code) => code
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
