namespace CheckoutAspire.AppHost.Tests;

/// <summary>Redis in the model: the user's own, a container if a runtime answers, otherwise <c>redis-server</c> from the PATH.</summary>
public sealed class RedisModelTests : IDisposable
{
    private const string Durability = "--appendonly yes --appendfsync always --maxmemory-policy noeviction --hash-max-listpack-value 1024";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-apphost-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Without_a_container_runtime_it_is_a_durable_redis_server_on_loopback_with_a_ping_health_check()
    {
        await using var model = await ApplicationModel.BuildAsync($"CHECKOUT_DATA_DIRECTORY={_directory.FullName}");

        var redis = Assert.IsAssignableFrom<ExecutableResource>(model["redis"]);
        Assert.Equal("redis-server", redis.Command);
        Assert.Equal(
            $"--port {{redis.bindings.tcp.targetPort}} --bind 127.0.0.1 --dir {Path.Combine(_directory.FullName, "redis", "sandbox")} --save  {Durability} --requirepass {{redis-password.value}}",
            string.Join(' ', await model.ArgumentsOfAsync("redis")));
        Assert.Contains(redis.Annotations.OfType<HealthCheckAnnotation>(), check => check.Key == "redis_ping");
    }

    [Fact]
    public async Task With_a_container_runtime_it_is_a_durable_container_with_a_data_volume()
    {
        // A program that succeeds whatever it is asked. The model is not started, so that it is asked for no container.
        await using var model = await ApplicationModel.BuildAsync("ASPIRE_CONTAINER_RUNTIME=true");

        Assert.True(model["redis"].IsContainer());
        Assert.EndsWith(Durability, string.Join(' ', await model.ArgumentsOfAsync("redis")), StringComparison.Ordinal);
        Assert.Equal("/data", Assert.Single(model["redis"].Annotations.OfType<ContainerMountAnnotation>()).Target);
        Assert.Equal(5083, model.EndpointOf("redis").Port);
    }

    [Fact]
    public async Task A_redis_of_the_users_replaces_both()
    {
        await using var model = await ApplicationModel.BuildAsync("ConnectionStrings:redis=redis.example:6379");

        Assert.IsNotType<ExecutableResource>(model["redis"], exactMatch: false);
        Assert.False(model["redis"].IsContainer());
        Assert.Equal("{redis.connectionString}", (await model.VariablesOfAsync("webhooks"))["ConnectionStrings__redis"]);
    }

    [Fact]
    public async Task Each_mode_has_data_of_its_own_because_a_ledger_holds_orders_of_one_mode()
    {
        var data = $"CHECKOUT_DATA_DIRECTORY={_directory.FullName}";
        await using var sandbox = await ApplicationModel.BuildAsync(data);
        await using var test = await ApplicationModel.BuildAsync(data, "STRIPE_SECRET_KEY=sk_test_1", "STRIPE_WEBHOOK_SECRET=whsec_1");

        Assert.NotEqual(await sandbox.ArgumentsOfAsync("redis"), await test.ArgumentsOfAsync("redis"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory.FullName));
        }
    }
}
