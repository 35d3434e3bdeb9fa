using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Registers the Redis client through Aspire's integration, which adds a health check and tracing.</summary>
public static class RedisClient
{
    /// <summary>Registers <see cref="IConnectionMultiplexer"/> from <c>ConnectionStrings:<paramref name="connectionName"/></c>.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionName">The connection string's name.</param>
    /// <param name="configure">Changes the parsed options, for example the backlog policy.</param>
    /// <exception cref="InvalidOperationException">The connection string is missing. The exception is thrown on first use.</exception>
    /// <remarks>
    /// Commands for a request or a stream entry are spans in its trace. Commands of background work have no parent span, and
    /// <see cref="EntryPointSampler"/> drops them.
    /// </remarks>
    public static void AddRedis(
        this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configure = null)
    {
        var timeout = new RedisStopTimeout();
        builder.AddRedisClient(
            connectionName,

            // Without an exporter, the profiling of every command would be wasted work.
            settings => settings.DisableTracing = !builder.ExportsTelemetry(),
            options =>
            {
                Configure(options);
                configure?.Invoke(options);
                timeout.Apply(options);
            });
        builder.Services.AddSingleton<IHostedService>(timeout);
        builder.Services.AddSingleton(new RedisConnection(Key: null));
        builder.Services.AddSingleton<RedisPermissionCheck>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<RedisPermissionCheck>());
        builder.Services.AddHealthChecks().AddCheck<RedisPermissionCheck>("redis_permissions");
    }

    /// <summary>Registers further connections to the same Redis, as services with the key <paramref name="connectionName"/>.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionName">The connection string's name.</param>
    /// <param name="count">How many connections.</param>
    /// <remarks>Their commands are not traced, and their health is that of the main connection.</remarks>
    public static void AddFurtherRedis(this IHostApplicationBuilder builder, string connectionName, int count)
    {
        var timeout = new RedisStopTimeout();
        for (var number = 0; number < count; number++)
        {
            builder.AddKeyedRedisClient(
                connectionName,
                settings => (settings.DisableTracing, settings.DisableHealthChecks) = (true, true),
                options =>
                {
                    Configure(options);
                    timeout.Apply(options);
                });
        }

        builder.Services.AddSingleton<IHostedService>(timeout);
        builder.Services.AddSingleton(new RedisConnection(connectionName));
    }

    private static void Configure(ConfigurationOptions options)
    {
        options.AbortOnConnectFail = false;

        // Without AllowAdmin the client rejects CONFIG GET, which the durability check needs.
        options.AllowAdmin = true;

        // A promoted replica is noticed within this number of seconds. The client's default is a minute.
        options.ConfigCheckSeconds = 5;
    }
}
