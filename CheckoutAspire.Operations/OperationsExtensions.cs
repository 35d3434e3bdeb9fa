using System.Text.Json;
using CheckoutAspire.Operations.Access;
using CheckoutAspire.Operations.Api;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CheckoutAspire.Operations;

/// <summary>Registers and maps the operators' API.</summary>
internal static class OperationsExtensions
{
    private const int LargestBody = 4096;

    private const string Welcome =
        """
        This is the operators' service of CheckoutAspire.

        /ops/owed, /ops/needs_review, /ops/dead    the operators' API: Authorization: Bearer with the value of OPS_TOKEN
        /health                                    the state of this service and what it depends on
        /alive                                     whether this service runs

        docs/fulfillment.md of the CheckoutAspire repository describes the operators' API.

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

        builder.Services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.SchemeName, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Api, policy => policy.AddAuthenticationSchemes(BearerAuthentication.SchemeName).RequireAuthenticatedUser());
    }

    public static void MapOperations(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapWelcome(Welcome);
        app.MapOps();
    }
}
