using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>Stripe.net's client with the key and the address of a service. The worker and Operations compile this file too.</summary>
internal static class StripeClients
{
    private const int MaxNetworkRetries = 2;

    /// <summary>Creates a client, which repeats a call that failed under its idempotency key.</summary>
    public static StripeClient CreateClient(this StripeOptions options, HttpClient http) => new(new StripeClientOptions
    {
        ApiKey = options.SecretKey.Value,
        ApiBase = options.ApiBase.GetLeftPart(UriPartial.Authority),
        HttpClient = new SystemNetHttpClient(http, MaxNetworkRetries, enableTelemetry: false),
    });

    /// <summary>Registers a client with connections of its own, and without the default resilience handler, whose retries would multiply Stripe.net's.</summary>
    public static void AddStripeClient(this IServiceCollection services)
    {
        services.AddHttpClient(nameof(StripeClient)).ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear());
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<StripeOptions>>().Value.CreateClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(StripeClient))));
        services.AddSingleton<IStripeClient>(provider => provider.GetRequiredService<StripeClient>());
    }
}
