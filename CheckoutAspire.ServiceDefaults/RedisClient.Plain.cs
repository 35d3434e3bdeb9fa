using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Registers the Redis client without Aspire: the same connection string, the same service, the same health check.</summary>
public static class RedisClient
{
    /// <summary>Registers <see cref="IConnectionMultiplexer"/> from <c>ConnectionStrings:<paramref name="connectionName"/></c>.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionName">The connection string's name.</param>
    /// <param name="configure">Changes the parsed options, for example the backlog policy.</param>
    /// <exception cref="InvalidOperationException">On first use, when the connection string is missing.</exception>
    public static void AddRedis(
        this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configure = null)
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var connectionString = services.GetRequiredService<IConfiguration>().GetConnectionString(connectionName)
                ?? throw new InvalidOperationException($"ConnectionStrings__{connectionName} is missing.");
            var options = ConfigurationOptions.Parse(connectionString);
            RedisDefaults.Apply(options);
            configure?.Invoke(options);
            return ConnectionMultiplexer.Connect(options);
        });
        builder.Services.AddHealthChecks().AddCheck<PingHealthCheck>(connectionName);
    }

    private sealed class PingHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await redis.GetDatabase().PingAsync();
                return HealthCheckResult.Healthy();
            }
            catch (RedisException exception)
            {
                return HealthCheckResult.Unhealthy("Redis does not answer.", exception);
            }
        }
    }
}
