using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the ledger.</summary>
public static class LedgerServiceCollectionExtensions
{
    /// <summary>
    /// Adds the ledger over the registered <see cref="StackExchange.Redis.IConnectionMultiplexer"/>, and the check, at start and
    /// in the readiness, that this service belongs to the ledger it finds. A service that has a Stripe key also registers
    /// its <see cref="LedgerMode"/>.
    /// </summary>
    public static IServiceCollection AddLedger(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<OrdersOptions, OrdersOptionsValidator>()
            .BindConfiguration("Orders")
            .Configure<IConfiguration>((options, configuration) => options.ConnectionString = configuration.GetConnectionString("redis"));
        services.AddSingleton<LedgerPartitions>();
        services.AddSingleton<LedgerServers>();
        services.AddSingleton<WriteAcknowledgment>();
        services.AddSingleton<OrderLedger>();
        services.AddSingleton<OrderReplacements>();
        services.AddSingleton<OwnedOrders>();
        services.AddSingleton<SubscriptionRenewals>();
        services.AddSingleton<OrderTransitions>();
        services.AddSingleton<OrderChanges>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<WitnessOutbox>();
        services.AddSingleton<StripeBudget>();
        services.AddSingleton<OperatorLedger>();
        services.AddSingleton<HandlerLedger>();
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<OrderSearch>();
        services.AddSingleton<OrderListing>();
        services.AddSingleton<ToolCalls>();
        services.AddSingleton<EventDeliveries>();
        services.AddSingleton<NoticeQueue>();
        services.AddSingleton<LostEventAlerts>();
        services.AddSingleton<ReconciliationCursor>();
        services.AddSingleton<ReconciliationIndex>();
        services.AddSingleton<ReconciliationLease>();
        services.AddSingleton<LedgerStatistics>();
        services.AddSingleton<LedgerDurability>();
        services.AddSingleton<RedisMemory>();
        services.AddSingleton<ServiceReports>();

        services.AddSingleton<LedgerReadiness>();
        services.AddSingleton<LedgerIdentityCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<LedgerIdentityCheck>());
        services.AddHealthChecks().AddCheck<LedgerIdentityCheck>("ledger").AddCheck<DurabilityHealthCheck>("durability");
        return services;
    }
}
