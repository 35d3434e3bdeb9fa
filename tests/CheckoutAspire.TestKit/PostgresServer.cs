using System.Globalization;

namespace CheckoutAspire.TestKit;

/// <summary>A real PostgreSQL on a free port with a directory of its own, where it is installed.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const int MaxAttempts = 3;

    private readonly ChildProcess _process;
    private readonly DirectoryInfo _directory;

    private PostgresServer(ChildProcess process, DirectoryInfo directory, int port) => (_process, _directory, Port) = (process, directory, port);

    /// <summary>Whether this machine has its programs, and <c>setpriv</c>: PostgreSQL refuses to run as root.</summary>
    public static bool IsInstalled { get; } =
        ChildProcess.IsOnPath("postgres") && ChildProcess.IsOnPath("initdb") && (!Environment.IsPrivilegedProcess || ChildProcess.IsOnPath("setpriv"));

    public int Port { get; }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=test;Database=postgres");

    /// <summary>
    /// Runs a server until the standard input ends. It is the test process's, so that the server ends with it even if that is killed: PostgreSQL's own
    /// processes are in sessions of their own.
    /// </summary>
    private const string UntilInputEnds = "\"$@\" </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait $server";

    public static async Task<PostgresServer> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("checkout-postgres-");
        if (Environment.IsPrivilegedProcess)
        {
            _ = (await ChildProcess.RunAsync("chown", ["nobody", directory.FullName], CancellationToken.None)).Required;
        }

        var data = Path.Combine(directory.FullName, "data");
        var (program, arguments) = Unprivileged("initdb", "-D", data, "-U", "test", "-A", "trust", "--no-sync", "--locale", "C");
        _ = (await ChildProcess.RunAsync(program, arguments, CancellationToken.None, directory: directory.FullName)).Required;
        // Another program may take a free port before the server does.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            (program, arguments) = Unprivileged(
                "postgres", "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=");
            var process = ChildProcess.Start("sh", ["-c", UntilInputEnds, "sh", program, .. arguments], directory: directory.FullName, redirectInput: true);
            try
            {
                await process.ReadUntilAsync(CancellationToken.None, "ready to accept connections");
                return new PostgresServer(process, directory, port);
            }
            catch (InvalidOperationException) when (attempt < MaxAttempts)
            {
                await process.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _directory.DeleteAfterKillAsync();
    }

    private static (string Program, string[] Arguments) Unprivileged(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ("setpriv", ["--reuid=nobody", "--clear-groups", program, .. arguments])
        : (program, arguments);
}
