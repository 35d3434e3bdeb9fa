using CheckoutAspire.Orders;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the ledger.</summary>
public static class LedgerServiceCollectionExtensions
{
    /// <summary>
    /// Adds the ledger over the registered <see cref="StackExchange.Redis.IConnectionMultiplexer"/>: its options, partitions,
    /// orders and requests, and the check that this service belongs to the ledger it finds.
    /// </summary>
    public static IServiceCollection AddLedger(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<OrdersOptions, OrdersOptionsValidator>().BindConfiguration("Orders");
        services.AddSingleton<LedgerPartitions>();
        services.AddSingleton<OrderLedger>();
        services.AddSingleton<CheckoutRequests>();
        return services;
    }
}
