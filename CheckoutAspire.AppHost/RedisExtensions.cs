using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.AppHost;

/// <summary>Redis, which holds the ledger: the user's own, a container, or <c>redis-server</c> from the PATH.</summary>
internal static class RedisExtensions
{
    /// <summary>The port for people, as in <c>redis-cli -p 5083</c>. A Redis that the machine already runs on 6379 is never touched.</summary>
    private const int Port = 5083;

    /// <summary>
    /// What Redis has acknowledged is on disk and is never evicted, because the ledger is the only proof that an order was fulfilled
    /// (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/). An order, with its link, stays a listpack: half the memory.
    /// </summary>
    private static readonly string[] s_arguments = "--appendonly yes --appendfsync always --maxmemory-policy noeviction --hash-max-listpack-value 1024".Split(' ');

    /// <summary>Adds the ledger's Redis. Each mode has its own data, because a ledger holds orders of one mode.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddLedgerRedis(this IDistributedApplicationBuilder builder, StripeMode mode)
    {
        var (isRun, modeName) = (builder.ExecutionContext.IsRunMode, mode.ToString().ToLowerInvariant());
        return isRun && builder.Configuration["ConnectionStrings:redis"] is { Length: > 0 }
            ? builder.AddConnectionString(ResourceNames.Redis)
            : isRun && !HasContainerRuntime(builder.Configuration["ASPIRE_CONTAINER_RUNTIME"])
            ? builder.AddRedisServer(builder.DataDirectory("redis", modeName))
            : builder.AddRedis(ResourceNames.Redis, isRun ? Port : null)
                .WithDataVolume($"checkout-aspire-redis-{modeName}{(isRun && builder.IsIsolated() ? Path.GetFileName(builder.DataDirectory()) : "")}")
                .WithArgs(context => context.Args[^1] = isRun ? context.Args[^1] : $"{context.Args[^1]} {string.Join(' ', s_arguments)}")
                .WithArgs(isRun ? s_arguments : [])
                .WithoutHttpsCertificate();
    }

    private static IResourceBuilder<RedisServerResource> AddRedisServer(this IDistributedApplicationBuilder builder, string directory)
    {
        string? address = null;
        builder.Services.AddHealthChecks().AddRedis(_ => address ?? throw new InvalidOperationException("Redis has no address yet."), "redis_ping");
        var password = builder.AddGeneratedSecret("redis-password").Resource;
        var redis = new RedisServerResource(ResourceNames.Redis, directory, password);
        return builder.AddResource(redis)
            .WithRequiredCommand("redis-server", "https://redis.io/docs/latest/operate/oss_and_stack/install/")
            .WithEndpoint(port: Port, scheme: "redis", name: "tcp")
            .WithArgs("--port", redis.Endpoint.Property(EndpointProperty.TargetPort), "--bind", "127.0.0.1", "--dir", directory, "--save", "")
            .WithArgs([.. s_arguments, "--requirepass", password])
            .WithHealthCheck("redis_ping")
            .OnConnectionStringAvailable(async (server, _, cancellation) => address = await server.ConnectionStringExpression.GetValueAsync(cancellation))
            .ExcludeFromManifest();
    }

    private static bool HasContainerRuntime(string? chosen) =>
        string.IsNullOrEmpty(chosen) ? ListsContainers("docker") || ListsContainers("podman") : ListsContainers(chosen);

    /// <summary>Whether a container runtime answers. Aspire asks the same, but only after the model is built.</summary>
    private static bool ListsContainers(string runtime)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(runtime, ["container", "ls", "-n", "1"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>A <c>redis-server</c> from the PATH, for machines without a container runtime.</summary>
    private sealed class RedisServerResource(string name, string directory, ParameterResource password)
        : ExecutableResource(name, "redis-server", directory), IResourceWithConnectionString
    {
        public EndpointReference Endpoint => new(this, "tcp");

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={password}");
    }
}
