using CheckoutAspire.McpApi.Telemetry;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Rejects a request without the required scope, and names that scope.</summary>
internal sealed class ScopeEnforcement(
    RequestDelegate next, IOptions<AccessOptions> access, RejectionResults rejections, AuditTrail audit, McpApiTelemetry telemetry)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<McpRequest>() is { } request
            && request.Scopes.FirstOrDefault(scope => !Caller.HasScope(context.User, scope, access.Value)) is { } missing)
        {
            telemetry.Rejected("insufficient_scope");
            await audit.RejectedAsync(Caller.Of(context.User), request, "insufficient_scope");
            await rejections.InsufficientScopeAsync(context, missing);
            return;
        }

        await next(context);
    }
}
