using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace CheckoutAspire.TestKit;

/// <summary>A real redis-server on a free port with a directory of its own, as durable as in production.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int MaxAttempts = 3;

    private readonly RedisProgram _program;
    private readonly string[] _arguments;
    private ChildProcess _process;

    private RedisServer(
        ChildProcess process, RedisProgram program, DirectoryInfo directory, int port, string[] arguments, IConnectionMultiplexer connection) =>
        (_process, _program, Directory, Port, _arguments, Connection) = (process, program, directory, port, arguments, connection);

    /// <summary>The directory with its data.</summary>
    public DirectoryInfo Directory { get; }

    public int Port { get; }

    public IConnectionMultiplexer Connection { get; }

    public IDatabase Database => Connection.GetDatabase();

    /// <summary>How the service under test connects.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}{RedisUsers.ConnectionOptions}");

    public string Url => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{Port}");

    public ProcessUsage Usage => _process.Usage;

    /// <param name="arguments">Further arguments of redis-server, which override the usual ones.</param>
    public static Task<RedisServer> StartAsync(params string[] arguments) =>
        StartAsync(System.IO.Directory.CreateTempSubdirectory("checkout-redis-"), "", arguments);

    /// <param name="program">Another program than the installed redis-server.</param>
    /// <param name="arguments">Further arguments of redis-server, which override the usual ones.</param>
    public static Task<RedisServer> StartAsync(RedisProgram program, params string[] arguments) =>
        StartAsync(program, System.IO.Directory.CreateTempSubdirectory("checkout-redis-"), "", arguments);

    /// <param name="directory">Its directory, which it deletes in the end.</param>
    /// <param name="connectionOptions">Further options of <see cref="Connection"/>, for example <c>,asyncTimeout=60000</c>.</param>
    /// <param name="arguments">Further arguments of redis-server, which override the usual ones.</param>
    public static Task<RedisServer> StartAsync(DirectoryInfo directory, string connectionOptions, params string[] arguments) =>
        StartAsync(RedisProgram.Installed, directory, connectionOptions, arguments);

    private static async Task<RedisServer> StartAsync(RedisProgram program, DirectoryInfo directory, string connectionOptions, string[] arguments)
    {
        // Another program may take a free port before redis-server does.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            var process = Launch(program, port, directory, arguments);
            try
            {
                await process.WaitUntilReadyAsync(() => AnswersAsync(port, process.Id), CancellationToken.None);
                var options = ConfigurationOptions.Parse($"127.0.0.1:{port},allowAdmin=true,abortConnect=false,asyncTimeout=30000{connectionOptions}");
                return new RedisServer(process, program, directory, port, arguments, await ConnectionMultiplexer.ConnectAsync(options));
            }
            catch (InvalidOperationException) when (attempt < MaxAttempts)
            {
                await process.DisposeAsync();
            }
        }
    }

    /// <summary>Kills the server at once, as <c>kill -9</c> does.</summary>
    public Task KillAsync() => _process.DisposeAsync().AsTask();

    /// <summary>Pauses the server: it answers nothing, and its connections stay open.</summary>
    public Task SuspendAsync(CancellationToken cancellationToken) => _process.SuspendAsync(cancellationToken);

    /// <summary>Lets a paused server go on.</summary>
    public void Resume() => _process.Resume();

    /// <summary>Starts it again on its port and its data.</summary>
    /// <param name="arguments">Further arguments of this start.</param>
    public async Task RestartAsync(params string[] arguments)
    {
        _process = Launch(_program, Port, Directory, [.. _arguments, .. arguments]);
        await _process.WaitUntilReadyAsync(() => AnswersAsync(Port, _process.Id), CancellationToken.None);
    }

    /// <summary>How often commands were called by clients and by scripts since the start of the server.</summary>
    /// <param name="commands">Their names in lowercase: <c>xreadgroup</c>, <c>xinfo|consumers</c>.</param>
    public async Task<long> CountCallsAsync(params string[] commands)
    {
        // cmdstat_hmget:calls=20,usec=…
        var statistics = (await Connection.GetServers()[0].InfoAsync("commandstats")).SelectMany(section => section);
        return statistics.Where(line => commands.Contains(line.Key["cmdstat_".Length..]))
            .Sum(line => long.Parse(line.Value.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await RedisUsers.ThrowIfDeniedAsync(Connection);
        }
        finally
        {
            await Connection.DisposeAsync();
            await KillAsync();
            await Directory.DeleteAfterKillAsync();
        }
    }

    private static ChildProcess Launch(RedisProgram program, int port, DirectoryInfo directory, string[] arguments) => ChildProcess.Start(
        program.Path,
        [
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory.FullName,
            "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--hash-max-listpack-value", "1024", "--save", "", .. RedisUsers.ArgumentsFor(directory), .. arguments,
        ],
        program.Environment);

    /// <summary>
    /// Whether this process is the server at the port, and has read its data: another test's server may have taken the port. Until then it answers PING with LOADING.
    /// </summary>
    private static async Task<bool> AnswersAsync(int port, int processId)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\nINFO server\r\nQUIT\r\n"u8.ToArray());
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var answer = await reader.ReadToEndAsync();
            return answer.StartsWith("+PONG\r\n", StringComparison.Ordinal)
                && answer.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nprocess_id:{processId}\r\n"), StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
