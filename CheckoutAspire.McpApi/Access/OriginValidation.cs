using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Rejects MCP requests from web pages of other origins, as
/// <see href="https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning">the transport requires</see>.
/// Otherwise DNS rebinding would let any page sell through a server on its visitor's machine. Clients other than browsers send no Origin.
/// </summary>
internal sealed class OriginValidation(RequestDelegate next, IOptions<OriginOptions> options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is null || IsAllowed(origin))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private bool IsAllowed(string origin) => options.Value.IsClientOrigin(origin);
}
