using CheckoutAspire.McpApi.Access;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The Universal Commerce Protocol: the same sales, with the tool names and shapes that shopping platforms share.</summary>
internal static class UcpEndpoints
{
    public const string Path = "/ucp/mcp";

    /// <summary>Adds the services of the protocol's tools.</summary>
    public static IServiceCollection AddUcp(this IServiceCollection services)
    {
        services.AddReadOptions<UcpOptions>();
        services.AddOptions<McpEndpoints>().Configure<IConfiguration>((endpoints, configuration) =>
        {
            if (UcpOptions.IsEnabled(configuration))
            {
                endpoints.Paths.Add(Path);
            }
        });
        services.AddSingleton<UcpServer>();
        services.AddSingleton<UcpProfile>();
        services.AddSingleton<UcpIdempotency>();
        services.AddSingleton<CheckoutDrafts>();
        services.AddSingleton<DraftPricing>();
        services.AddSingleton<DraftSale>();
        services.AddSingleton<CheckoutView>();
        services.AddSingleton<UcpCheckouts>();
        services.AddSingleton<OrderSnapshots>();
        return services;
    }

    /// <summary>Maps <c>/ucp/mcp</c> and <c>/.well-known/ucp</c>, if <c>CHECKOUT_UCP</c> is true.</summary>
    /// <returns>The MCP endpoints, which take the same conventions as <c>/mcp</c>; null when UCP is off.</returns>
    public static IEndpointConventionBuilder? MapUcp(this WebApplication app)
    {
        if (!UcpOptions.IsEnabled(app.Configuration))
        {
            return null;
        }

        app.MapGet(UcpProfile.Path, (UcpProfile profile, HttpContext context) => profile.WriteAsync(context));
        return app.Services.GetRequiredService<UcpServer>().Map(app, Path);
    }
}
