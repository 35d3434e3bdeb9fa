using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.TestKit;

/// <summary>A real Redis Cluster of three masters.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;

    private readonly RedisServer[] _masters;

    private RedisCluster(RedisServer[] masters, IConnectionMultiplexer connection) => (_masters, Connection) = (masters, connection);

    public IConnectionMultiplexer Connection { get; }

    public string ConnectionString => string.Join(',', _masters.Select(master => master.ConnectionString));

    public static async Task<RedisCluster> StartAsync(CancellationToken cancellationToken)
    {
        var masters = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync(
            "--cluster-enabled", "yes",
            // A busy machine may keep a master from answering the others for longer than they wait by default.
            "--cluster-node-timeout", "60000",
            // The default bus port is the port + 10000, which may exceed the highest port.
            "--cluster-port", FreePort.Next().ToString(CultureInfo.InvariantCulture))));
        for (var i = 0; i < masters.Length; i++)
        {
            await ExecuteAsync(masters[i], "ADDSLOTSRANGE", Slots * i / 3, (Slots * (i + 1) / 3) - 1);
        }

        foreach (var other in masters[1..])
        {
            var bus = (await Server(other).ExecuteAsync("CONFIG", "GET", "cluster-port"))[1];
            await ExecuteAsync(masters[0], "MEET", "127.0.0.1", other.Port, (string)bus!);
        }

        foreach (var master in masters)
        {
            await Eventually.GetAsync(
                async () => (string)(await ExecuteAsync(master, "INFO"))!,
                info => info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal),
                cancellationToken);
        }

        var connection = await ConnectionMultiplexer.ConnectAsync(string.Join(',', masters.Select(master => master.ConnectionString)));
        return new RedisCluster(masters, connection);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        foreach (var master in _masters)
        {
            await master.DisposeAsync();
        }
    }

    /// <summary>
    /// Sends a CLUSTER command to this master. A database would send it to any node that its connection knows, and so could report the state
    /// of a master that has joined as the state of one that has not.
    /// </summary>
    private static Task<RedisResult> ExecuteAsync(RedisServer master, string command, params object[] arguments) =>
        Server(master).ExecuteAsync("CLUSTER", [command, .. arguments]);

    private static IServer Server(RedisServer master) => master.Connection.GetServer("127.0.0.1", master.Port);
}
