using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Telemetry;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Runs a tool between two audit entries. If the intent cannot be written, the tool does not run. If the outcome cannot be written, the intent and
/// the ledger still record the call.
/// </summary>
internal sealed partial class ToolCallAudit(
    AuditTrail trail, IOptions<AccessOptions> access, McpApiTelemetry telemetry, ILogger<ToolCallAudit> logger)
{
    /// <summary>Calls the tool if the caller has its scopes.</summary>
    public async ValueTask<CallToolResult> RunAsync(
        RequestContext<CallToolRequestParams> request,
        McpRequestHandler<CallToolRequestParams, CallToolResult> next,
        CancellationToken cancellationToken)
    {
        var scope = CheckoutScope.OfTool(request.Params.Name);
        var replaces = request.Params.Arguments?.TryGetValue("replaces", out var replaced) is true && replaced.ValueKind is not JsonValueKind.Null;
        if (CheckoutScope.OfCall(request.Params.Name, replaces).FirstOrDefault(one => !Caller.HasScope(request.User, one, access.Value)) is { } missing)
        {
            telemetry.Rejected("insufficient_scope");
            return CheckoutErrorJson.Result(RejectionResults.InsufficientScope(missing));
        }

        // What reads leaves no entry, nor does the name of a tool that does not exist: callers could fill the audit with either.
        return scope == CheckoutScope.Read || !CheckoutScope.IsKnown(request.Params.Name)
            ? await next(request, cancellationToken)
            : await ChangeAsync(request, Describe(request), next, cancellationToken);
    }

    private async Task<CallToolResult> ChangeAsync(
        RequestContext<CallToolRequestParams> request,
        AuditEntry entry,
        McpRequestHandler<CallToolRequestParams, CallToolResult> next,
        CancellationToken cancellationToken)
    {
        try
        {
            await trail.AppendAsync(entry);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Log.FailedClosed(logger, entry.Tool, exception.GetType().Name);
            return CheckoutErrorJson.Result(CheckoutError.LedgerUnreachable());
        }

        var outcome = entry with { Phase = AuditPhase.Outcome, Decision = AuditEntry.Unanswered };
        var rules = CallRules.Begin();
        try
        {
            var result = await next(request, cancellationToken);
            outcome = Conclude(outcome, result);
            return result;
        }
        finally
        {
            await trail.TryAppendAsync(outcome with { Rules = rules.Passed });
        }
    }

    private static AuditEntry Describe(RequestContext<CallToolRequestParams> request)
    {
        var arguments = request.Params.Arguments is { } given
            ? JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement>(given), AuditJson.Default.DictionaryStringJsonElement)
            : (JsonElement?)null;
        return new AuditEntry
        {
            Phase = AuditPhase.Intent,
            Decision = AuditEntry.Pending,
            CallId = Guid.NewGuid().ToString("N"),
            Principal = Caller.Of(request.User).Id,
            Tool = request.Params.Name,
            ArgumentsDigest = CanonicalJson.Digest(arguments),
            // The Universal Commerce Protocol sends its key in meta.
            KeyDigest = (Text(arguments, "idempotency_key") ?? Text(Property(arguments, "meta"), "idempotency-key")) is { } key
                ? CanonicalJson.Digest(key)
                : null,
            // A sale that replaces a checkout closes that one.
            SessionId = (Text(arguments, "session_id") ?? Text(arguments, "replaces")) is { } id && Values.SessionId.IsWellFormed(id) ? id : null,
            TraceId = Activity.Current?.TraceId.ToString(),
        };
    }

    private static AuditEntry Conclude(AuditEntry entry, CallToolResult result) => entry with
    {
        Decision = result.IsError is true ? Text(result.StructuredContent, "code") ?? "error" : AuditEntry.Ok,
        SessionId = Text(result.StructuredContent, "session_id") ?? Text(result.StructuredContent, "id") ?? entry.SessionId,
        Currency = Text(result.StructuredContent, "currency"),
        Amount = (Property(result.StructuredContent, "amount_total") ?? Property(result.StructuredContent, "amount")) is { ValueKind: JsonValueKind.Number } amount && amount.TryGetInt64(out var total)
            ? total
            : null,
    };

    private static string? Text(JsonElement? value, string name) =>
        Property(value, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Property(JsonElement? value, string name) =>
        value is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var property) ? property : null;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Tool} was not run, because its audit entry could not be written ({Error}).")]
        public static partial void FailedClosed(ILogger logger, string tool, string error);
    }
}

[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonNode))]
internal sealed partial class AuditJson : JsonSerializerContext;
