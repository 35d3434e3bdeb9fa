using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace CheckoutAspire.TestKit;

/// <summary>A real redis-server of the test's own: a free port, an empty directory, durable as in production.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory;
    private readonly string[] _arguments;
    private Process _process;
    private bool _killed;

    private RedisServer(Process process, DirectoryInfo directory, int port, string[] arguments, IConnectionMultiplexer connection) =>
        (_process, _directory, Port, _arguments, Connection) = (process, directory, port, arguments, connection);

    public int Port { get; }

    public IConnectionMultiplexer Connection { get; }

    public IDatabase Database => Connection.GetDatabase();

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <param name="arguments">More of redis-server's arguments.</param>
    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        // A free port may be taken between its choice and its use: another try has another port.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            var directory = Directory.CreateTempSubdirectory("checkout-redis-");
            var process = Launch(port, directory, arguments);
            if (await AnswersAsync(process, port))
            {
                var options = ConfigurationOptions.Parse($"127.0.0.1:{port},allowAdmin=true,abortConnect=false");
                return new RedisServer(process, directory, port, arguments, await ConnectionMultiplexer.ConnectAsync(options));
            }

            await EndAsync(process);
            directory.Delete(recursive: true);
            if (attempt == 3)
            {
                throw new InvalidOperationException("redis-server did not start: is it installed?");
            }
        }
    }

    /// <summary>Ends the server at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!_killed)
        {
            _killed = true;
            await EndAsync(_process);
        }
    }

    /// <summary>Starts it again on its port and its data.</summary>
    public async Task RestartAsync()
    {
        (_process, _killed) = (Launch(Port, _directory, _arguments), false);
        if (!await AnswersAsync(_process, Port))
        {
            throw new InvalidOperationException("redis-server did not come back.");
        }
    }


    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await KillAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static Process Launch(int port, DirectoryInfo directory, string[] arguments) =>
        Process.Start(new ProcessStartInfo("redis-server",
            [
                "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory.FullName,
                "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "",
                "--logfile", Path.Combine(directory.FullName, "redis.log"), .. arguments,
            ]))!;

    private static async Task<bool> AnswersAsync(Process process, int port)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < s_startDeadline && !process.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                var stream = client.GetStream();
                await stream.WriteAsync("PING\r\n"u8.ToArray());
                var reply = new byte[7];
                await stream.ReadExactlyAsync(reply);
                if (reply.AsSpan().SequenceEqual("+PONG\r\n"u8))
                {
                    return true;
                }
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                // Not listening yet.
            }

            await Task.Delay(20);
        }

        return false;
    }

    private static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
