using System.Diagnostics;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Apps;
using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Pages;
using CheckoutAspire.McpApi.Policy;
using CheckoutAspire.McpApi.Resources;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.McpApi.Tools;
using CheckoutAspire.McpApi.Ucp;
using CheckoutAspire.Orders.Stock;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Instrumentation.AspNetCore;

namespace CheckoutAspire.McpApi;

/// <summary>Registers the services and endpoints of the MCP API.</summary>
internal static class McpApiExtensions
{
    private const int MaxIdleSessions = 2000;

    private static readonly TimeSpan s_sessionIdleTimeout = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan s_toolsTimeToLive = TimeSpan.FromMinutes(5);

    /// <summary>The number of connections that are accepted. Each open stream and each waiting call has one.</summary>
    public const int MaxConnections = 4096;

    private const int RedisTimeoutMilliseconds = 2000;

    private const string Instructions =
        "Sells products through Stripe Checkout. Find products with list_products, sell with initiate_checkout, show checkout_url to the buyer as a link, "
        + "then call wait_for_payment. You never handle card data. Errors have a stable code and, for an invalid argument, its name in param.";

    private const string Welcome =
        """
        This is the MCP API of CheckoutAspire, through which AI agents sell and buyers pay on Stripe's page.

        /mcp       for agents: the Model Context Protocol over Streamable HTTP
        /pay/…     for buyers: links of payment pages
        /health    the state of this service and what it depends on
        /alive     whether this service runs

        How an agent connects is described in docs/mcp.md of the CheckoutAspire repository.

        """;

    /// <summary>Adds the tools, the pages and their services.</summary>
    public static void AddMcpApi(this WebApplicationBuilder builder)
    {
        builder.UseDefaultAddress();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxConcurrentConnections = MaxConnections);

        builder.Services.AddStripeOptions();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddAccess();

        // While Redis is disconnected, the client queues commands and applies the synchronous timeout to all of them.
        builder.AddRedis("redis", redis => redis.SyncTimeout = redis.AsyncTimeout = RedisTimeoutMilliseconds);
        builder.Services.AddLedger();
        builder.Services.AddOrderArchive(builder.Configuration);
        builder.Services.AddStripe();
        builder.Services.AddProductCatalog();
        builder.Services.AddPricePolicy();
        builder.Services.AddCheckouts();
        builder.Services.AddReadOptions<SellerOptions>();
        builder.Services.AddSingleton<OrderPages>();
        var mcp = builder.Services.AddTools(builder.Configuration);
        builder.Services.AddResources();
        builder.Services.AddSessions();
        builder.Services.AddSingleton<McpServerResource, CheckoutAppResource>();
        builder.Services.AddOptions<HandOffTimeouts>();
        builder.Services.AddSingleton<RequestStateStore>();
        builder.Services.AddSingleton<RequestStates>();
        builder.Services.AddSingleton<BuyerHandOff>();
        mcp.AddDiscoveredVersions();
        mcp.WithAccess();

        builder.Services.AddUcp();
        builder.Services.AddMcpApiTelemetry();
    }

    /// <summary>Maps <c>/mcp</c> and the pages that Stripe sends buyers to.</summary>
    public static void MapMcpApi(this WebApplication app)
    {
        app.UseAccess();
        app.MapMcp(McpEndpoints.Mcp).RequireCaller(rejectsWithResults: true);
        // The Universal Commerce Protocol reports such a call as an error with the HTTP status.
        app.MapUcp()?.RequireCaller(rejectsWithResults: false);
        app.MapOrderPages();
        app.MapWelcome(Welcome);
    }

    private static void AddStripe(this IServiceCollection services)
    {
        services.AddOptions<StripeTimeouts>();
        services.AddReadOptions<SessionTemplateOptions>();
        services.AddSingleton<StripeApi>();
        services.AddSingleton<StripeLookups>();
        services.AddSingleton<StripeSessions>();
        services.AddSingleton<StripePrices>();
        services.AddSingleton<StripeRefunds>();
        services.AddSingleton<StripeShippingRates>();
    }

    private static void AddCheckouts(this IServiceCollection services)
    {
        services.AddSingleton<RedirectOrigins>();
        services.AddSingleton<Ownership>();
        services.AddSingleton<ShortLinks>();
        services.AddSingleton<SaleLines>();
        services.AddSingleton<SessionTerms>();
        services.AddSingleton<DeliveryOptions>();
        services.AddSingleton<ReplacementDefaults>();
        services.AddSingleton<CheckoutReplacement>();
        services.AddSingleton<CheckoutRules>();
        // A keeper that is registered before or after this one takes its place.
        services.TryAddSingleton<IStockKeeper, RedisStockKeeper>();
        services.AddSingleton<StockReservations>();
        services.AddHostedService<StockReconciliation>();
        services.AddSingleton<CheckoutInitiation>();
        services.AddSingleton<CheckoutLookup>();
        services.AddSingleton<CheckoutCancellation>();
        services.AddSingleton<CheckoutRefunds>();
        services.AddSingleton<CheckoutHistory>();
        services.AddSingleton<CheckoutWait>();
    }

    /// <summary>Keeps sessions and their streams in Redis. The SDK takes both from its options.</summary>
    private static void AddSessions(this IServiceCollection services) => services.AddOptions<HttpServerTransportOptions>()
        .Configure<EventStore, SessionStore>((transport, events, sessions) => (transport.EventStreamStore, transport.SessionMigrationHandler) = (events, sessions));

    private static IMcpServerBuilder AddTools(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<McpServerTool, InitiateCheckoutTool>();
        services.AddSingleton<McpServerTool, GetCheckoutTool>();
        services.AddSingleton<McpServerTool, WaitForPaymentTool>();
        services.AddSingleton<McpServerTool, CancelCheckoutTool>();
        if (RefundOptions.IsEnabled(configuration))
        {
            services.AddSingleton<McpServerTool, RefundCheckoutTool>();
        }

        services.AddSingleton<McpServerTool, ListCheckoutsTool>();
        services.AddSingleton<McpServerTool, ListProductsTool>();
        return services
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
            // Clients of 2025-11-25 and older have sessions, clients of 2026-07-28 have none, on the same endpoint.
            .WithHttpTransport(transport =>
            {
                transport.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
                transport.IdleTimeout = s_sessionIdleTimeout;
                transport.MaxIdleSessionCount = MaxIdleSessions;
            })
            .WithRequestFilters(filters => filters
            // Added before the audit's filter, so that it runs after it: the audit reads the structured content.
            .AddCallToolFilter(next => async (request, cancellationToken) => ContentForms.For(request, await next(request, cancellationToken)))
            .AddListToolsFilter(next => async (request, cancellationToken) =>
            {
                // The SDK's collection is unordered, and a list that changes between two calls defeats caches.
                var result = await next(request, cancellationToken);
                result.Tools = [.. result.Tools.OrderBy(tool => tool.Name, StringComparer.Ordinal)];
                // The tools change only with a new release, but the list may depend on the caller.
                (result.TimeToLive, result.CacheScope) = (s_toolsTimeToLive, CacheScope.Private);
                return result;
            }));
    }

    private static void AddMcpApiTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<McpApiTelemetry>();
        services.AddSingleton<LoggerFactory>();
        services.Replace(ServiceDescriptor.Singleton<ILoggerFactory, ProtocolErrorLogFilter>());

        // Without the second line, the instrumentation itself would read the callers' trace context.
        services.AddSingleton<DistributedContextPropagator, CallerTraces>();
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());

        // The instrumentation names the span after its route when the request ends, so an earlier name would be lost.
        services.Configure<AspNetCoreTraceInstrumentationOptions>(options => options.EnrichWithHttpResponse = (activity, response) =>
            activity.DisplayName = response.HttpContext.Features.Get<McpRequest>()?.SpanName ?? activity.DisplayName);
        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(McpApiTelemetry.Name, McpApiTelemetry.McpSdkName))
            .WithMetrics(metrics => metrics.AddMeter(McpApiTelemetry.Name, McpApiTelemetry.McpSdkName));
    }

    private static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        string[] addressKeys = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];
        if (addressKeys.All(key => string.IsNullOrEmpty(builder.Configuration[key])))
        {
            builder.WebHost.UseUrls(OriginOptions.DefaultAddress);
        }
    }
}
