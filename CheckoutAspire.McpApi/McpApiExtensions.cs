using CheckoutAspire.McpApi.Configuration;
using CheckoutAspire.McpApi.HandOff;
using CheckoutAspire.McpApi.Pages;
using CheckoutAspire.McpApi.Resources;
using CheckoutAspire.McpApi.Sessions;
using CheckoutAspire.McpApi.Tools;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi;

/// <summary>The MCP API: its services and its endpoints.</summary>
internal static class McpApiExtensions
{
    private const string McpPath = "/mcp";

    private const string Instructions =
        "Sells products through Stripe Checkout. Call initiate_checkout, give checkout_url to the buyer as a link, and follow the order with wait_for_payment, "
        + "or look it up with get_checkout. "
        + "You never handle card data. Errors carry a stable code and, where an argument is wrong, its name in param.";

    /// <summary>Adds the tools, the pages and what they need.</summary>
    public static void AddMcpApi(this WebApplicationBuilder builder)
    {
        builder.UseDefaultAddress();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

        builder.Services.AddStripeOptions();
        builder.Services.AddOptionsWithValidateOnStart<McpApiOptions, McpApiOptionsValidator>()
            .Configure<IConfiguration>((options, configuration) => options.Read(configuration));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IConfigureOptions<HostFilteringOptions>, AllowedHosts>();

        builder.AddRedis("redis", redis => redis.AsyncTimeout = 2000);
        builder.Services.AddLedger();
        builder.Services.AddSessions();
        builder.Services.AddSingleton<OrderPages>();
        builder.Services.AddTools();
        builder.Services.AddResources();
        builder.Services.AddOptions<HandOffTimeouts>();
        builder.Services.AddSingleton<RequestStates>();
        builder.Services.AddSingleton<BuyerHandOff>();
        builder.Services.AddMcpApiTelemetry();
    }

    /// <summary>Maps <c>/mcp</c> and the pages behind the payment.</summary>
    public static void MapMcpApi(this WebApplication app)
    {
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(McpPath, StringComparison.Ordinal),
            mcp => mcp.UseMiddleware<OriginValidation>());
        app.MapMcp(McpPath);
        app.MapOrderPages();
    }

    private static void AddSessions(this IServiceCollection services)
    {
        services.AddOptions<StripeTimeouts>();
        services.AddSingleton<RedirectOrigins>();
        services.AddSingleton<CheckoutRules>();
        services.AddSingleton<StripeSessions>();
        services.AddSingleton<CheckoutInitiation>();
        services.AddSingleton<CheckoutLookup>();
        services.AddSingleton<CheckoutWait>();
    }

    private static void AddTools(this IServiceCollection services)
    {
        services.AddSingleton<McpServerTool, InitiateCheckoutTool>();
        services.AddSingleton<McpServerTool, GetCheckoutTool>();
        services.AddSingleton<McpServerTool, WaitForPaymentTool>();
        services
            .AddMcpServer(options =>
            {
                options.ServerInfo = new Implementation
                {
                    Name = "checkout-aspire",
                    Title = "CheckoutAspire",
                    Version = typeof(McpApiExtensions).Assembly.GetName().Version!.ToString(fieldCount: 3),
                };
                options.ServerInstructions = Instructions;
            })
            // Sessions for clients of 2025-11-25 and older, none for 2026-07-28, on one address.
            .WithHttpTransport(transport => transport.SessionMode = HttpServerSessionMode.StatefulForInitializeClients)
            .WithRequestFilters(filters => filters.AddListToolsFilter(next => async (request, cancellationToken) =>
            {
                // The SDK's collection has no order of its own; a list that changes between two calls defeats caches.
                var result = await next(request, cancellationToken);
                result.Tools = [.. result.Tools.OrderBy(tool => tool.Name, StringComparer.Ordinal)];
                return result;
            }));
    }

    private static void AddMcpApiTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<McpApiTelemetry>();
        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(McpApiTelemetry.Name, McpApiTelemetry.McpSdkName))
            .WithMetrics(metrics => metrics.AddMeter(McpApiTelemetry.Name, McpApiTelemetry.McpSdkName));
    }

    private static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        string[] addressKeys = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];
        if (addressKeys.All(key => string.IsNullOrEmpty(builder.Configuration[key])))
        {
            builder.WebHost.UseUrls(McpApiOptions.DefaultAddress);
        }
    }
}
