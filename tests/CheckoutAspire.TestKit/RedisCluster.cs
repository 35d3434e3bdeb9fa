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

        var connection = await ConnectionMultiplexer.ConnectAsync(string.Join(',', masters.Select(master => master.ConnectionString)) + ",abortConnect=false,asyncTimeout=30000");
        return new RedisCluster(masters, connection);
    }

    /// <summary>Moves the slot of a hash tag to another master, key by key, as <c>redis-cli --cluster reshard</c> does.</summary>
    /// <param name="hashTag">For example <c>p0</c>.</param>
    /// <param name="eachKey">Runs after each key.</param>
    public async Task MoveSlotAsync(string hashTag, Func<Task> eachKey)
    {
        var slot = (int)await ExecuteAsync(_masters[0], "KEYSLOT", hashTag);
        var (source, target) = (_masters[slot * 3 / Slots], _masters[((slot * 3 / Slots) + 1) % 3]);
        var (sourceId, targetId) = ((string)(await ExecuteAsync(source, "MYID"))!, (string)(await ExecuteAsync(target, "MYID"))!);
        await ExecuteAsync(target, "SETSLOT", slot, "IMPORTING", sourceId);
        await ExecuteAsync(source, "SETSLOT", slot, "MIGRATING", targetId);
        while ((string[])(await ExecuteAsync(source, "GETKEYSINSLOT", slot, 1))! is [var key])
        {
            await Server(source).ExecuteAsync("MIGRATE", "127.0.0.1", target.Port, key, 0, 60_000);
            await eachKey();
        }

        foreach (var master in _masters.OrderBy(master => master == target ? 0 : master == source ? 1 : 2))
        {
            await ExecuteAsync(master, "SETSLOT", slot, "NODE", targetId);
        }
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
