using Microsoft.Extensions.Configuration;

namespace CheckoutAspire.AppHost.Hosting;

/// <summary>Redis, which holds the ledger: the user's, a container's, or the machine's own.</summary>
internal static class CheckoutRedisExtensions
{
    public static IResourceBuilder<IResourceWithConnectionString> AddCheckoutRedis(
        this IDistributedApplicationBuilder builder, Topology topology, StripeMode mode)
    {
        var isRun = builder.ExecutionContext.IsRunMode;
        if (isRun && !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(ResourceNames.Redis)))
        {
            return builder.AddConnectionString(ResourceNames.Redis);
        }

        return !isRun || ContainerRuntime.Answers()
            ? builder.AddRedis(ResourceNames.Redis, isRun ? topology.RedisPort : null)
                .WithDataVolume($"checkout-aspire-redis-{mode.ToString().ToLowerInvariant()}")
                .WithArgs(AppendDurability)
            : builder.AddRedisServer(topology, builder.Data().Redis(mode));
    }

    private static IResourceBuilder<RedisServerResource> AddRedisServer(
        this IDistributedApplicationBuilder builder, Topology topology, string directory)
    {
        DataDirectory.CreatePrivate(directory);
        return builder.AddResource(new RedisServerResource(ResourceNames.Redis, directory))
            .WithArgs([.. topology.RedisServerArguments(directory)])
            .WithEndpoint(
                port: topology.RedisPort,
                targetPort: topology.RedisPort,
                scheme: "redis",
                name: RedisServerResource.EndpointName,
                isProxied: false)
            .ExcludeFromManifest();
    }

    /// <summary>The container's arguments are single items in run mode, and one command line for a shell in a manifest: <c>-c "redis-server …"</c>.</summary>
    private static void AppendDurability(CommandLineArgsCallbackContext context)
    {
        if (context.ExecutionContext.IsPublishMode)
        {
            context.Args[^1] = $"{context.Args[^1]} {string.Join(' ', Topology.RedisDurability)}";
            return;
        }

        foreach (var argument in Topology.RedisDurability)
        {
            context.Args.Add(argument);
        }
    }
}
