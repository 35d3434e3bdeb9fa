using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults.Tests;

public sealed class RedisStopTimeoutTests
{
    private const string Further = "reader";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_a_service_stops_a_command_does_not_wait_for_a_Redis_that_does_not_answer(bool isGone)
    {
        await using var server = await RedisServer.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["ConnectionStrings:redis"] = builder.Configuration[$"ConnectionStrings:{Further}"] =
            server.ConnectionString + ",syncTimeout=3600000,asyncTimeout=3600000,connectTimeout=5000";
        builder.AddRedis("redis");
        builder.AddFurtherRedis(Further, 2);
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        IConnectionMultiplexer[] connections =
            [host.Services.GetRequiredService<IConnectionMultiplexer>(), .. host.Services.GetKeyedServices<IConnectionMultiplexer>(Further)];
        Assert.Equal(3, connections.Distinct().Count());
        await Task.WhenAll(connections.Select(connection => connection.GetDatabase().PingAsync()));
        if (isGone)
        {
            await server.KillAsync();
            await Eventually.GetAsync(() => Task.FromResult(connections), all => !Array.Exists(all, connection => connection.IsConnected), Cancellation);
        }
        else
        {
            await server.SuspendAsync(Cancellation);
        }

        await host.StopAsync(Cancellation);

        foreach (var connection in connections)
        {
            // Otherwise it waits for an hour.
            var error = await Record.ExceptionAsync(() => connection.GetDatabase().StringGetAsync("key").WaitAsync(TimeSpan.FromMinutes(2), Cancellation));
            Assert.IsType(isGone ? typeof(RedisConnectionException) : typeof(RedisTimeoutException), error);
        }

        await (isGone ? server.RestartAsync() : Task.Run(server.Resume, Cancellation));
    }
}
