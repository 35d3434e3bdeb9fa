using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Machine;

/// <summary>A redis-server for one measurement: empty or over prepared data, as durable as production's but for what is asked.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly string _directory;
    private readonly int _port;

    private RedisServer(ChildProcess process, string directory, int port, IConnectionMultiplexer connection) =>
        (_process, _directory, _port, Connection) = (process, directory, port, connection);

    public IConnectionMultiplexer Connection { get; }

    public IDatabase Database => Connection.GetDatabase();

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public string Url => "redis://" + ConnectionString;

    public Usage Usage => _process.Usage;

    /// <param name="appendfsync">When it syncs its log: <c>everysec</c> or <c>always</c>.</param>
    /// <param name="data">A directory that <see cref="KeepAsync"/> left, to begin with; null to begin empty.</param>
    /// <param name="rewrites">Whether it may rewrite its log when that has grown, which costs a fork at a moment nobody chooses.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RedisServer> StartAsync(
        string appendfsync, string? data = null, bool rewrites = false, CancellationToken cancellationToken = default)
    {
        var directory = Layout.NewDirectory("redis-");
        if (data is not null)
        {
            Copy(data, directory);
        }

        var port = FreePort();
        var process = ChildProcess.Start("redis-server", "redis-server",
        [
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory, "--save", "",
            "--appendonly", "yes", "--appendfsync", appendfsync, "--maxmemory-policy", "noeviction",
            .. rewrites ? Array.Empty<string>() : ["--auto-aof-rewrite-percentage", "0"],
        ]);
        var options = ConfigurationOptions.Parse(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
        (options.AbortOnConnectFail, options.AllowAdmin, options.AsyncTimeout) = (false, true, 60_000);
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await process.WhenReadyAsync(() => AnswersAsync(connection), cancellationToken);
        return new RedisServer(process, directory, port, connection);
    }

    /// <summary>Stops it and keeps its data, compact, for others to begin with.</summary>
    /// <returns>The directory.</returns>
    public async Task<string> KeepAsync(CancellationToken cancellationToken)
    {
        var server = Connection.GetServers()[0];
        await server.SaveAsync(SaveType.BackgroundRewriteAppendOnlyFile);
        while ((await server.InfoAsync("persistence")).SelectMany(group => group)
            .Any(pair => pair is { Key: "aof_rewrite_in_progress" or "aof_rewrite_scheduled", Value: "1" }))
        {
            await Task.Delay(50, cancellationToken);
        }

        var kept = Layout.NewDirectory("redis-data-");
        await Connection.DisposeAsync();
        await _process.DisposeAsync();
        Copy(_directory, kept);
        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> AnswersAsync(ConnectionMultiplexer connection)
    {
        try
        {
            // LOADING until the data is read.
            await connection.GetDatabase().StringGetAsync("-");
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
