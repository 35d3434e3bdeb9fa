using CheckoutAspire.Archive;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the archive.</summary>
public static class ArchiveServiceCollectionExtensions
{
    /// <summary>Adds the archive of <c>ConnectionStrings__archive</c> to the ledger. Without the variable orders stay in Redis.</summary>
    public static IServiceCollection AddOrderArchive(this IServiceCollection services, IConfiguration configuration)
    {
        if (!ArchiveOptions.IsConfigured(configuration))
        {
            return services;
        }

        services.AddReadOptions<ArchiveOptions>();
        services.AddSingleton(provider => new ArchiveDatabase(provider.GetRequiredService<IOptions<ArchiveOptions>>().Value.ConnectionString));
        services.AddSingleton<IOrderArchive, OrderArchive>();
        services.AddSingleton<LedgerArchive>();
        services.AddSingleton<Tombstones>();
        services.AddSingleton<OrderArchiving>();
        services.AddSingleton<JournalArchiving>();
        return services;
    }
}
