using System.Text.Json;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Operations.Access;
using CheckoutAspire.Operations.Api;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Operations.Pages;
using CheckoutAspire.Operations.Repair;
using CheckoutAspire.Operations.Status;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CheckoutAspire.Operations;

/// <summary>Registers and maps the operators' pages and API.</summary>
internal static class OperationsExtensions
{
    private const string Welcome =
        """
        This is the operators' service of CheckoutAspire.

        /orders, /status                           the operators' pages, for a browser
        /ops/owed, /ops/needs_review, /ops/dead    the operators' API: Authorization: Bearer with OPS_TOKEN or an access token
        /ops/status                                the state of the whole system
        /health                                    the state of this service and what it depends on
        /alive                                     whether this service runs

        docs/fulfillment.md of the CheckoutAspire repository describes the pages and the API.

        """;

    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.Services.AddStripeOptions();
        builder.Services.AddStripeClient();
        builder.Services.AddLedger();
        builder.Services.AddOrderArchive(builder.Configuration);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<BuyerData>();

        builder.Services.AddSingleton<OrderRefunds>();
        builder.Services.AddSingleton<HandlerSwitch>();
        builder.Services.AddSingleton<OrderExplainer>();
        builder.Services.AddSingleton<OrderFinder>();
        builder.Services.AddSingleton<OrderLists>();
        builder.Services.AddSingleton<BulkJobs>();
        builder.Services.AddSingleton<BulkRunner>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<BulkRunner>());

        builder.Services.AddReadOptions<TraceOptions>();
        builder.Services.AllowAnyHostWhenDeployed();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = RequestProtection.LargestBody);
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        builder.Services.AddStatus();
        builder.Services.AddAccess(builder.Configuration);
        builder.Services.AddRazorComponents();
    }

    public static void MapOperations(this WebApplication app)
    {
        app.UsePageProtection();
        app.UseLedgerTrouble();
        app.UseAccess();
        app.MapGet("/", (HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Results.LocalRedirect("/orders")
            : TypedResults.Text(Welcome));
        app.MapOps();
        app.MapPages();
    }
}
