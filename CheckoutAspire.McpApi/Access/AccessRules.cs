using CheckoutAspire.McpApi.Telemetry;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Succeeds if the caller is authenticated, or if the server requires no credentials. <see cref="StartupRules"/> allows the latter only in
/// development and without a live key.
/// </summary>
internal sealed class KnownCaller(IOptions<AccessOptions> access) : AuthorizationHandler<KnownCallerRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, KnownCallerRequirement requirement)
    {
        if (!access.Value.RequiresCredentials || context.User.Identity?.IsAuthenticated is true)
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Requires a <see cref="KnownCaller"/>.</summary>
internal sealed class KnownCallerRequirement : IAuthorizationRequirement;

/// <summary>Responds to callers that are not authenticated.</summary>
internal sealed class UnknownCaller(RejectionResults rejections, McpApiTelemetry telemetry) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        telemetry.Rejected("unauthorized");
        return context.Features.Get<SigningKeysUnreachable>() is null ? rejections.UnauthorizedAsync(context) : RejectionResults.AuthorizationServerUnreachableAsync(context);
    }
}
