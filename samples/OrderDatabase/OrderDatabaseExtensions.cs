using CheckoutAspire.Fulfillment;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace OrderDatabase;

public static class OrderDatabaseExtensions
{
    /// <summary>Adds the handler <c>order_database</c> and its database, for example <c>Data Source=orders.db</c>.</summary>
    public static IServiceCollection AddOrderDatabase(this IServiceCollection services, string connectionString)
    {
        services.AddDbContext<OrderContext>(options => options.UseSqlite(connectionString));
        services.AddHostedService<CreateTables>();
        return services.AddFulfillmentHandler<StoreOrder>("order_database");
    }
}
