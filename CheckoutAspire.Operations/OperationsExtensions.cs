using System.Text.Json;
using CheckoutAspire.Operations.Access;
using CheckoutAspire.Operations.Api;
using CheckoutAspire.Operations.Pages;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CheckoutAspire.Operations;

/// <summary>Registers and maps the operators' pages and API.</summary>
internal static class OperationsExtensions
{
    private const int LargestBody = 4096;

    private const string Welcome =
        """
        This is the operators' service of CheckoutAspire.

        /orders                                    the operators' pages, for a browser
        /ops/owed, /ops/needs_review, /ops/dead    the operators' API: Authorization: Bearer with the value of OPS_TOKEN
        /health                                    the state of this service and what it depends on
        /alive                                     whether this service runs

        docs/fulfillment.md of the CheckoutAspire repository describes the pages and the API.

        """;

    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.Services.AddStripeOptions();
        builder.Services.AddLedger();
        builder.Services.AddOrderArchive(builder.Configuration);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<BuyerData>();

        builder.Services.AddReadOptions<OpsOptions>();
        builder.Services.AllowAnyHostWhenDeployed();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = LargestBody);
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        builder.Services.AddAccess();
        builder.Services.AddRazorComponents();
    }

    public static void MapOperations(this WebApplication app)
    {
        app.UsePageProtection();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapGet("/", (HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Results.LocalRedirect("/orders")
            : TypedResults.Text(Welcome));
        app.MapOps();
        app.MapPages();
    }
}
