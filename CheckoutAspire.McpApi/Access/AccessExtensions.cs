using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Who may call, how often, and what is noted of it.</summary>
internal static class AccessExtensions
{
    /// <summary>Adds authentication, scopes, limits and the audit.</summary>
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddReadOptions<AccessOptions>();
        services.AddReadOptions<OriginOptions>();
        services.AddSingleton<IValidateOptions<OriginOptions>, StartupRules>();
        services.AddSingleton<IConfigureOptions<HostFilteringOptions>, AllowedHosts>();

        services.AddAuthentication(CallerAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, CallerAuthentication>(CallerAuthentication.Scheme, configureOptions: null)
            .AddJwtBearer()
            .AddMcp();
        services.ConfigureOptions<AccessTokens>();
        services.ConfigureOptions<ProtectedResource>();

        services.AddAuthorization();
        services.AddSingleton<IAuthorizationHandler, KnownCaller>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, UnknownCaller>();
        services.AddSingleton<RejectionResults>();

        services.AddRateLimiter(_ => { });
        services.ConfigureOptions<RateLimits>();

        services.AddSingleton<AuditTrail>();
        services.AddSingleton<ToolCallAudit>();
    }

    /// <summary>Puts the same guard before every endpoint that <see cref="RequireCaller"/> marks.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseMiddleware<OriginValidation>();
        app.UseWhen(
            context => context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is not null,
            // In development ASP.NET would show the stack.
            mcp => mcp.UseExceptionHandler(failed => failed.Run(RejectionResults.FailedAsync)));
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<McpRequestReading>();
        app.UseRateLimiter();
        app.UseMiddleware<ScopeEnforcement>();
    }

    /// <summary>Asks the endpoint's callers for credentials, and counts their calls.</summary>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints
        .WithMetadata(new CallerEndpoint())
        .RequireAuthorization(policy => policy.AddRequirements(new KnownCallerRequirement()))
        .RequireRateLimiting(RateLimits.Policy);

    /// <summary>Holds each tool's call against its scope once more, where the tool is certain, and audits it.</summary>
    public static IMcpServerBuilder WithAccess(this IMcpServerBuilder mcp) => mcp.WithRequestFilters(filters =>
        filters.AddCallToolFilter(next => (request, cancellationToken) =>
            request.Services!.GetRequiredService<ToolCallAudit>().RunAsync(request, next, cancellationToken)));
}

/// <summary>Marks an endpoint whose callers are asked for credentials, counted and audited.</summary>
internal sealed class CallerEndpoint;
