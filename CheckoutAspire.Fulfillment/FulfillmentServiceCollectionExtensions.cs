using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Fulfillment;

/// <summary>Registers fulfillment handlers.</summary>
public static class FulfillmentServiceCollectionExtensions
{
    /// <summary>Adds a handler that runs for each paid order. Several handlers run in order of registration.</summary>
    /// <typeparam name="THandler">The handler, a scoped service: each attempt at an order has its own.</typeparam>
    /// <param name="services">The worker's services.</param>
    /// <param name="name">
    /// A name that must not change: the ledger records under it that the handler is done, and is stamped with it. 1 to 64 ASCII letters, digits,
    /// dots, dashes or underscores.
    /// </param>
    public static IServiceCollection AddFulfillmentHandler<THandler>(this IServiceCollection services, string name)
        where THandler : class, IFulfillmentHandler =>
        services.AddSingleton(new FulfillmentHandlerRegistration(name)).AddKeyedScoped<IFulfillmentHandler, THandler>(name);

    /// <summary>Adds a handler that a factory creates for each attempt at an order.</summary>
    /// <param name="services">The worker's services.</param>
    /// <param name="name">A name that must not change.</param>
    /// <param name="create">Creates the handler from the services of the attempt's scope.</param>
    public static IServiceCollection AddFulfillmentHandler(
        this IServiceCollection services, string name, Func<IServiceProvider, IFulfillmentHandler> create) =>
        services.AddSingleton(new FulfillmentHandlerRegistration(name)).AddKeyedScoped(name, (provider, _) => create(provider));
}
