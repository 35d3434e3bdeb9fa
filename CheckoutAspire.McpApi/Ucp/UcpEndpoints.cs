using CheckoutAspire.McpApi.Access;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The Universal Commerce Protocol's checkout: the same sales, under the tool names and shapes that platforms share.</summary>
internal static class UcpEndpoints
{
    /// <summary>Adds what the tools need.</summary>
    public static IServiceCollection AddUcp(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<UcpOptions, UcpOptionsValidator>()
            .Configure<IConfiguration>((options, configuration) => options.Read(configuration));
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

    /// <summary>Maps <c>/ucp/mcp</c> and <c>/.well-known/ucp</c>, unless <c>CHECKOUT_UCP</c> is false.</summary>
    /// <returns>The MCP endpoints, for the same conventions as the other server's; null when they are off.</returns>
    public static IEndpointConventionBuilder? MapUcp(this WebApplication app)
    {
        if (UcpOptions.IsOff(app.Configuration))
        {
            return null;
        }

        app.MapGet(UcpProfile.Path, (UcpProfile profile, HttpContext context) => profile.WriteAsync(context));
        return app.Services.GetRequiredService<UcpServer>().Map(app, McpEndpoints.Ucp);
    }
}
