using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Registers the Redis client by Aspire's integration: health check and tracing come with it.</summary>
public static class RedisClient
{
    /// <summary>Registers <see cref="IConnectionMultiplexer"/> from <c>ConnectionStrings:<paramref name="connectionName"/></c>.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionName">The connection string's name.</param>
    /// <param name="configure">Changes the parsed options, for example the backlog policy.</param>
    /// <exception cref="InvalidOperationException">On first use, when the connection string is missing.</exception>
    public static void AddRedis(
        this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configure = null) =>
        builder.AddRedisClient(connectionName, configureOptions: options =>
        {
            RedisDefaults.Apply(options);
            configure?.Invoke(options);
        });
}
