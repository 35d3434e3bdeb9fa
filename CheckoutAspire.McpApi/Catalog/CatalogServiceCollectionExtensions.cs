using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>Registers the catalogue.</summary>
internal static class CatalogServiceCollectionExtensions
{
    public static IServiceCollection AddProductCatalog(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<CatalogOptions>()
            .Configure<IConfiguration, IHostEnvironment>((options, configuration, environment) =>
                options.Read(configuration, environment.ContentRootPath));
        services.AddSingleton<IValidateOptions<CatalogOptions>, CatalogOptionsValidator>();
        services.AddSingleton<StripeCatalog>();
        services.AddSingleton<ProductCatalog>();
        return services;
    }
}
