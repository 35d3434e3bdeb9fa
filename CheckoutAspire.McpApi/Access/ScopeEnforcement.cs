using CheckoutAspire.McpApi.Telemetry;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Refuses a request whose credentials lack its scope, by HTTP's means: an OAuth client asks its user for more and repeats it.</summary>
internal sealed class ScopeEnforcement(
    RequestDelegate next, IOptions<AccessOptions> access, RejectionResults rejections, AuditTrail audit, McpApiTelemetry telemetry)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<McpRequest>() is { Scope: { } scope } request && !Caller.MayUse(context.User, scope, access.Value))
        {
            telemetry.Refused("insufficient_scope");
            await audit.RefusedAsync(Caller.Of(context.User), request, "insufficient_scope");
            await rejections.InsufficientScopeAsync(context, scope);
            return;
        }

        await next(context);
    }
}
