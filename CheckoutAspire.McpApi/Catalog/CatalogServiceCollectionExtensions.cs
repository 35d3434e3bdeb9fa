using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>Registers the catalog.</summary>
internal static class CatalogServiceCollectionExtensions
{
    public static IServiceCollection AddProductCatalog(this IServiceCollection services)
    {
        services.AddReadOptions<CatalogOptions>();
        services.AddSingleton<StripeCatalog>();
        services.AddSingleton<ProductCatalog>();
        services.AddHostedService<CatalogReport>();
        return services;
    }
}
