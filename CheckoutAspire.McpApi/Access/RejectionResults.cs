using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Errors;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>What a caller is told who may not, or not now: a status for programs, a JSON-RPC error with the tools' own error for agents.</summary>
internal sealed class RejectionResults(IOptions<AccessOptions> access, IOptions<OriginOptions> app)
{
    private const int ServerError = -32000;
    private const int InternalError = -32603;
    private const int ParseError = -32700;

    /// <summary>401: who calls is not known.</summary>
    public Task UnauthorizedAsync(HttpContext context)
    {
        var presented = context.Request.Headers.ContainsKey("Authorization") || context.Request.Headers.ContainsKey("X-API-Key");
        Challenge(context, presented ? """error="invalid_token", """ : "", string.Join(' ', CheckoutScope.All));
        var sentence = presented
            ? "The credentials are not, or no longer, valid."
            : "Credentials are missing: send an access token or an API key as Authorization: Bearer.";
        var data = new JsonObject { ["error"] = sentence, ["code"] = "unauthorized" };
        return WriteAsync(context, StatusCodes.Status401Unauthorized, ServerError, sentence, data);
    }

    /// <summary>503: the authorization server's keys are out of reach.</summary>
    public static Task UnprovableAsync(HttpContext context)
    {
        const string Sentence = "The authorization server does not answer, so no token can be proven; repeat the request a little later.";
        context.Response.Headers.RetryAfter = "5";
        return WriteAsync(
            context, StatusCodes.Status503ServiceUnavailable, ServerError, Sentence,
            new JsonObject { ["error"] = Sentence, ["code"] = "authorization_server_unreachable", ["retry_after"] = 5 });
    }

    /// <summary>403 as <see href="https://www.rfc-editor.org/rfc/rfc6750#section-3.1">RFC 6750</see> writes it, with the scope to ask for.</summary>
    public Task InsufficientScopeAsync(HttpContext context, string scope)
    {
        Challenge(context, """error="insufficient_scope", """, scope);
        return WriteAsync(context, StatusCodes.Status403Forbidden, InsufficientScope(scope));
    }

    /// <summary>429 with <c>Retry-After</c>.</summary>
    public static Task RateLimitedAsync(HttpContext context, TimeSpan retryAfter)
    {
        var error = CheckoutError.Of(
            CheckoutErrorCode.RateLimited,
            "You call more often than this server allows; repeat the same call a little later.",
            retryAfter: retryAfter);
        context.Response.Headers.RetryAfter = error.RetryAfter!.Value.ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, StatusCodes.Status429TooManyRequests, error);
    }

    /// <summary>400 or 413: no message that could be answered.</summary>
    public static Task UnreadableAsync(HttpContext context, int status, string sentence) =>
        WriteAsync(context, status, ParseError, sentence, data: null);

    /// <summary>500: a defect, of which the log has the reason and the answer nothing.</summary>
    public static Task FailedAsync(HttpContext context) => WriteAsync(
        context, StatusCodes.Status500InternalServerError, InternalError, "The server failed in a way that it did not expect.", data: null);

    /// <summary>What a tool answers for it.</summary>
    public static CheckoutError InsufficientScope(string scope) => CheckoutError.Of(
        CheckoutErrorCode.InsufficientScope, $"Your credentials do not include the scope {scope}, which this call needs.");

    private void Challenge(HttpContext context, string error, string scope)
    {
        var metadata = access.Value.OAuth is null
            ? """realm="checkout" """
            : $"""resource_metadata="{app.Value.AppOrigin}{ProtectedResource.MetadataPath}{context.Request.Path}" """;
        context.Response.Headers.WWWAuthenticate = $"Bearer {error}{metadata.TrimEnd()}, scope=\"{scope}\"";
    }

    private static Task WriteAsync(HttpContext context, int status, CheckoutError error) =>
        WriteAsync(context, status, ServerError, error.Error, JsonSerializer.SerializeToNode(error, CheckoutErrorJson.Unescaped.CheckoutError));

    private static Task WriteAsync(HttpContext context, int status, int code, string message, JsonNode? data)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (data is not null)
        {
            error["data"] = data;
        }

        var id = context.Features.Get<McpRequest>()?.Id;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = id is { } given ? JsonNode.Parse(given.GetRawText()) : null,
            ["error"] = error,
        }.ToJsonString(CheckoutErrorJson.Unescaped.Options));
    }
}
