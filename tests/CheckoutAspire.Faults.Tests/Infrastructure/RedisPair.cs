using System.Globalization;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>A master and, if a test needs one, its replica. A promotion exchanges their roles.</summary>
internal sealed class RedisPair : IAsyncDisposable
{
    // A replica that connects again is synchronized at once.
    private static readonly string[] s_arguments = ["--repl-diskless-sync-delay", "0"];

    private RedisPair(RedisServer master, RedisServer? replica, IConnectionMultiplexer connection) => (Master, Replica, Connection) = (master, replica, connection);

    public RedisServer Master { get; private set; }

    public RedisServer? Replica { get; private set; }

    /// <summary>A connection that finds the master by itself, as those of the services do.</summary>
    public IConnectionMultiplexer Connection { get; }

    public string ConnectionString => Replica is null ? Master.ConnectionString : $"{Master.ConnectionString},{Replica.ConnectionString}";

    public static async Task<RedisPair> StartAsync(bool hasReplica)
    {
        var master = await RedisServer.StartAsync(s_arguments);
        if (!hasReplica)
        {
            return new RedisPair(master, null, master.Connection);
        }

        var replica = await RedisServer.StartAsync(s_arguments);
        await replica.Database.ExecuteAsync("REPLICAOF", "127.0.0.1", master.Port);
        await AwaitSynchronizedAsync(replica, CancellationToken.None);
        var connection = await ConnectionMultiplexer.ConnectAsync(
            $"{master.ConnectionString},{replica.ConnectionString},allowAdmin=true,abortConnect=false,configCheckSeconds=1");
        return new RedisPair(master, replica, connection);
    }

    /// <summary>Lets the replica lag, kills the master and promotes the replica, which lacks what the master has written in the meantime.</summary>
    public async Task PromoteAsync(TimeSpan lag, CancellationToken cancellationToken)
    {
        var (old, promoted) = (Master, Replica!);
        await AwaitSynchronizedAsync(promoted, cancellationToken);
        await promoted.Database.ExecuteAsync("CONFIG", "SET", "masteruser", "nobody", "masterauth", "wrong");
        await old.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", "replica");
        await Task.Delay(lag, cancellationToken);
        await old.KillAsync();
        await promoted.Database.ExecuteAsync("CONFIG", "SET", "masteruser", "", "masterauth", "");
        await promoted.Database.ExecuteAsync("REPLICAOF", "NO", "ONE");
        await old.RestartAsync("--replicaof", "127.0.0.1", promoted.Port.ToString(CultureInfo.InvariantCulture));
        (Master, Replica) = (promoted, old);
        await AwaitSynchronizedAsync(old, cancellationToken);
        await AwaitLogAsync(promoted, cancellationToken);
    }

    /// <summary>Waits until the connection has found the master.</summary>
    public Task AwaitMasterAsync(CancellationToken cancellationToken) => Eventually.GetAsync(
        () => Task.FromResult(Connection.GetServer("127.0.0.1", Master.Port)), server => server is { IsConnected: true, IsReplica: false }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Replica is not null)
        {
            await Connection.DisposeAsync();
            await Replica.DisposeAsync();
        }

        await Master.DisposeAsync();
    }

    private static async Task AwaitSynchronizedAsync(RedisServer replica, CancellationToken cancellationToken)
    {
        await AwaitInfoAsync(replica, "replication", ["master_link_status:up"], cancellationToken);
        await AwaitLogAsync(replica, cancellationToken);
    }

    /// <summary>A replica that was synchronized rewrites its log in the background. Until it has, a restart would find the log of before.</summary>
    private static Task AwaitLogAsync(RedisServer server, CancellationToken cancellationToken) =>
        AwaitInfoAsync(server, "persistence", ["aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0", "aof_last_bgrewrite_status:ok"], cancellationToken);

    private static Task AwaitInfoAsync(RedisServer server, string section, string[] lines, CancellationToken cancellationToken) => Eventually.GetAsync(
        async () =>
        {
            try
            {
                return (string)(await server.Database.ExecuteAsync("INFO", section))!;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return "";
            }
        },
        info => lines.All(line => info.Contains(line, StringComparison.Ordinal)),
        cancellationToken);
}
