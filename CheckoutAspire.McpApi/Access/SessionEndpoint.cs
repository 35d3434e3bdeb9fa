using System.Security.Claims;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Calls the SDK's endpoint of a session from inside: the SDK's manager of sessions is internal, and its endpoint is the only way to it.</summary>
internal sealed class SessionEndpoint(EndpointDataSource endpoints, IServiceScopeFactory scopes)
{
    /// <summary>Sends a request without a body.</summary>
    /// <returns>The response's status.</returns>
    public async Task<int> SendAsync(
        string method, string sessionId, ClaimsPrincipal user, Stream? response = null, string? revision = null, CancellationToken aborted = default)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider, User = user, RequestAborted = aborted };
        context.Request.Method = method;
        context.Request.Headers[CallerSessions.Header] = sessionId;
        context.Request.Headers.Accept = "application/json, text/event-stream";
        context.Request.Headers["MCP-Protocol-Version"] = revision;
        context.Response.Body = response ?? Stream.Null;
        await endpoints.Endpoints.OfType<RouteEndpoint>().Single(endpoint => Serves(endpoint, method)).RequestDelegate!(context);
        return context.Response.StatusCode;
    }

    private static bool Serves(RouteEndpoint endpoint, string method) =>
        endpoint.RoutePattern.RawText?.TrimEnd('/') == McpEndpoints.Mcp
        && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(method) is true;
}
