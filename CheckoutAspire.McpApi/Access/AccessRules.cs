using CheckoutAspire.McpApi.Telemetry;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// The caller is known, or this server asks for no credentials (in development and without a live key: the start is refused otherwise).
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

/// <summary>Asks for a <see cref="KnownCaller"/>.</summary>
internal sealed class KnownCallerRequirement : IAuthorizationRequirement;

/// <summary>Answers who is not known.</summary>
internal sealed class UnknownCaller(RejectionResults rejections, McpApiTelemetry telemetry) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        telemetry.Refused("unauthorized");
        return context.Features.Get<KeysUnreachable>() is null ? rejections.UnauthorizedAsync(context) : RejectionResults.UnprovableAsync(context);
    }
}
