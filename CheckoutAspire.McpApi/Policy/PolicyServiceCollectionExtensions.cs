using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>Registers the price policy.</summary>
internal static class PolicyServiceCollectionExtensions
{
    public static IServiceCollection AddPricePolicy(this IServiceCollection services)
    {
        services.AddReadOptions<PricePolicyOptions>();
        services.AddReadOptions<RefundOptions>();
        services.AddSingleton<PricePolicy>();
        return services;
    }
}
