using System.Diagnostics;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Authentication, scopes, rate limits and the audit of the MCP endpoints.</summary>
internal static class AccessExtensions
{
    /// <summary>Adds authentication, scopes, rate limits and the audit.</summary>
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddReadOptions<AccessOptions>();
        services.AddReadOptions<OriginOptions>();
        services.AddSingleton<IValidateOptions<OriginOptions>, StartupRules>();
        services.AddSingleton<IConfigureOptions<AllowedHostsOptions>, OwnHost>();
        services.AddCors();
        services.ConfigureOptions<ClientOrigins>();

        services.AddAuthentication(CallerAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, CallerAuthentication>(CallerAuthentication.Scheme, configureOptions: null)
            .AddJwtBearer()
            .AddMcp();
        services.ConfigureOptions<AccessTokens>();
        services.AddHttpClient(AccessTokens.Backchannel).ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear());
        services.ConfigureOptions<ProtectedResource>();

        services.AddAuthorization();
        services.AddSingleton<IAuthorizationHandler, KnownCaller>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, UnknownCaller>();
        services.AddSingleton<RejectionResults>();

        services.AddSingleton<RateLimits>();
        services.AddSingleton<SessionEndpoint>();
        services.AddSingleton<CallerSessions>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<EventStore>();
        services.AddSingleton<SessionStreams>();
        services.AddOptions<StreamOptions>();

        services.AddSingleton<AuditTrail>();
        services.AddSingleton<ToolCallAudit>();
    }

    /// <summary>Protects every endpoint that <see cref="RequireCaller"/> marks.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            CallerTraces.Link(Activity.Current, context.Request.Headers.TraceParent);
            return next(context);
        });
        app.UseMiddleware<OriginValidation>();
        app.UseWhen(
            context => context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is not null,
            // In development ASP.NET Core would otherwise return the stack trace.
            mcp => mcp.UseExceptionHandler(failed => failed.Run(RejectionResults.FailedAsync)));
        app.UseCors();
        app.UseWhen(ClientOrigins.IsMetadata, documents => documents.UseCors(ClientOrigins.Metadata));
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<McpRequestReading>();
        app.UseMiddleware<RateLimitEnforcement>();
        app.UseMiddleware<ScopeEnforcement>();
        app.UseMiddleware<LiveStreams>();
    }

    /// <summary>Requires credentials of the endpoint's callers, and counts their calls.</summary>
    /// <param name="endpoints">The endpoint.</param>
    /// <param name="rejectsWithResults">Whether a rejected call of a tool has the result of a tool.</param>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder endpoints, bool rejectsWithResults)
        where TBuilder : IEndpointConventionBuilder => endpoints
        .WithMetadata(new CallerEndpoint(rejectsWithResults))
        .RequireCors(ClientOrigins.Mcp)
        .RequireAuthorization(policy => policy.AddRequirements(new KnownCallerRequirement()));

    /// <summary>
    /// Checks the scope of each tool call once more, as the SDK has parsed it, and audits the call. Lists only the tools that the caller may call.
    /// </summary>
    public static IMcpServerBuilder WithAccess(this IMcpServerBuilder mcp) => mcp.WithRequestFilters(filters => filters
        .AddCallToolFilter(next => (request, cancellationToken) =>
            request.Services!.GetRequiredService<ToolCallAudit>().RunAsync(request, next, cancellationToken))
        .AddListToolsFilter(next => async (request, cancellationToken) =>
        {
            var access = request.Services!.GetRequiredService<IOptions<AccessOptions>>().Value;
            var result = await next(request, cancellationToken);
            result.Tools = [.. result.Tools.Where(tool => Caller.HasScope(request.User, CheckoutScope.OfTool(tool.Name), access))];
            return result;
        }));
}

/// <summary>Marks an endpoint that requires credentials, counts calls and audits them.</summary>
/// <param name="RejectsWithResults">Whether a call of a tool that is rejected for its scope or rate has the result of a tool instead of an HTTP status.</param>
internal sealed record CallerEndpoint(bool RejectsWithResults);
