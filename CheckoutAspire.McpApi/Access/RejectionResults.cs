using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Responses for calls that are rejected before they reach a tool (400, 401, 403, 413, 429, 500, 503): the HTTP status, and a JSON-RPC error that
/// carries the tools' error object. A call of a tool that its scope or its rate forbids has the result of a tool instead, which reaches the model.
/// </summary>
internal sealed class RejectionResults(IOptions<AccessOptions> access, IOptions<OriginOptions> app, IOptions<McpEndpoints> endpoints)
{
    private const int ServerError = -32000;
    private const int InternalError = -32603;
    private const int ParseError = -32700;
    private const int InvalidParams = -32602;

    /// <summary>401: the credentials are missing or invalid.</summary>
    public Task UnauthorizedAsync(HttpContext context)
    {
        var presented = context.Request.Headers.ContainsKey("Authorization") || context.Request.Headers.ContainsKey("X-API-Key");
        Challenge(context, presented ? """error="invalid_token", """ : "", string.Join(' ', CheckoutScope.All));
        var sentence = presented
            ? "The credentials are invalid or have expired."
            : "Credentials are missing: send an access token or an API key as Authorization: Bearer.";
        var data = new JsonObject { ["error"] = sentence, ["code"] = "unauthorized" };
        return WriteAsync(context, StatusCodes.Status401Unauthorized, ServerError, sentence, data);
    }

    /// <summary>503: the authorization server's keys cannot be read.</summary>
    public static Task AuthorizationServerUnreachableAsync(HttpContext context)
    {
        const string Sentence = "The authorization server is unreachable, so the token cannot be verified. Repeat the request in a few seconds.";
        context.Response.Headers.RetryAfter = "5";
        return WriteAsync(
            context, StatusCodes.Status503ServiceUnavailable, ServerError, Sentence,
            new JsonObject { ["error"] = Sentence, ["code"] = "authorization_server_unreachable", ["retry_after"] = 5 });
    }

    /// <summary>
    /// 403 with the missing scope, as <see href="https://www.rfc-editor.org/rfc/rfc6750#section-3.1">RFC 6750</see> defines it. The result of a tool has
    /// the same challenge, after which an OAuth client may ask its user for the scope.
    /// </summary>
    public Task InsufficientScopeAsync(HttpContext context, string scope)
    {
        Challenge(context, """error="insufficient_scope", """, scope);
        return RejectAsync(context, StatusCodes.Status403Forbidden, InsufficientScope(scope));
    }

    /// <summary>429 with <c>Retry-After</c>, or the result of a tool with it.</summary>
    public static Task RateLimitedAsync(HttpContext context, TimeSpan retryAfter)
    {
        var error = CheckoutError.Of(
            CheckoutErrorCode.RateLimited,
            "The rate limit is exceeded. Repeat the same call after retry_after seconds.",
            retryAfter: retryAfter);
        context.Response.Headers.RetryAfter = error.RetryAfter!.Value.ToString(CultureInfo.InvariantCulture);
        return RejectAsync(context, StatusCodes.Status429TooManyRequests, error);
    }

    /// <summary>400 or 413: the body is not a readable message.</summary>
    public static Task UnreadableAsync(HttpContext context, int status, string sentence) =>
        WriteAsync(context, status, ParseError, sentence, data: null);

    /// <summary>400: a member of the message has a wrong type or is missing.</summary>
    public static Task InvalidParamsAsync(HttpContext context, string sentence) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, InvalidParams, sentence, data: null);

    /// <summary>500: a defect. Only the log has the cause.</summary>
    public static Task FailedAsync(HttpContext context) => WriteAsync(
        context, StatusCodes.Status500InternalServerError, InternalError, "Unexpected server error.", data: null);

    /// <summary>The same rejection as a tool's error.</summary>
    public static CheckoutError InsufficientScope(string scope) => CheckoutError.Of(
        CheckoutErrorCode.InsufficientScope, $"This call requires the scope {scope}, which your credentials do not include.");

    private void Challenge(HttpContext context, string error, string scope)
    {
        var metadata = access.Value.OAuth is null
            ? """realm="checkout" """
            : $"""resource_metadata="{app.Value.AppOrigin}{ProtectedResource.MetadataPath}{endpoints.Value.Find(context.Request.Path)}" """;
        context.Response.Headers.WWWAuthenticate = $"Bearer {error}{metadata.TrimEnd()}, scope=\"{scope}\"";
    }

    // Clients show their model the result of a tool, but not the body of an HTTP error.
    private static Task RejectAsync(HttpContext context, int status, CheckoutError error) =>
        context.Features.Get<McpRequest>()?.Tool is not null && context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is { RejectsWithResults: true }
            ? WriteResultAsync(context, error)
            : WriteAsync(context, status, ServerError, error.Error, JsonSerializer.SerializeToNode(error, CheckoutErrorJson.Unescaped.CheckoutError));

    private static Task WriteResultAsync(HttpContext context, CheckoutError error)
    {
        var result = JsonSerializer.SerializeToNode(CheckoutErrorJson.Result(error), McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult)))!.AsObject();
        // Required from revision 2026-07-28 on, and unknown to older ones.
        result["resultType"] = "complete";
        return WriteAsync(context, StatusCodes.Status200OK, "result", result);
    }

    private static Task WriteAsync(HttpContext context, int status, int code, string message, JsonNode? data)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (data is not null)
        {
            error["data"] = data;
        }

        return WriteAsync(context, status, "error", error);
    }

    private static Task WriteAsync(HttpContext context, int status, string member, JsonObject content)
    {
        var id = context.Features.Get<McpRequest>()?.Id;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = id is { } given ? JsonNode.Parse(given.GetRawText()) : null,
            [member] = content,
        }.ToJsonString(CheckoutErrorJson.Unescaped.Options));
    }
}
