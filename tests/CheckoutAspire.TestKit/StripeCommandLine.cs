using System.Diagnostics;
using System.Threading.Channels;

namespace CheckoutAspire.TestKit;

/// <summary>The Stripe CLI, unchanged, from the npm packages that <c>./test</c> installs; all it asks goes to a sandbox.</summary>
public sealed class StripeCommandLine : IDisposable
{
    private const string Shim = "tests/npm/node_modules/@stripe/cli/bin/shim.js";

    private readonly string _apiBase;
    private readonly string _key;
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("stripe-cli-");

    /// <param name="apiBase">The sandbox's address; the CLI takes 127.0.0.1 and refuses localhost.</param>
    /// <param name="key">The sandbox's key.</param>
    public StripeCommandLine(Uri apiBase, string key)
    {
        _apiBase = new UriBuilder(apiBase) { Host = "127.0.0.1" }.Uri.GetLeftPart(UriPartial.Authority);
        _key = key;
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var command = Start(arguments);
        await command.Process.WaitForExitAsync(cancellationToken);
        return (command.Process.ExitCode, string.Join('\n', await command.RemainingAsync(cancellationToken)));
    }

    /// <summary>Starts a command that goes on until it is disposed of: <c>listen</c>.</summary>
    public Command Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Find(), .. arguments, "--api-base", _apiBase, "--color", "off"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _home.FullName,
        };
        start.Environment["HOME"] = _home.FullName;
        start.Environment["XDG_CONFIG_HOME"] = _home.FullName;
        start.Environment["STRIPE_API_KEY"] = _key;
        start.Environment["STRIPE_CLI_TELEMETRY_OPTOUT"] = "1";
        return new Command(Process.Start(start)!);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, Shim)))
            {
                return Path.Combine(directory.FullName, Shim);
            }
        }

        throw new InvalidOperationException("The Stripe CLI is not installed: run ./test, or npm install --prefix tests/npm --no-package-lock");
    }

    /// <summary>A command that runs, and what it says.</summary>
    public sealed class Command : IDisposable
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private int _open = 2;

        internal Command(Process process)
        {
            Process = process;
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        internal Process Process { get; }

        /// <summary>The first line that has all of it, from here on.</summary>
        public async Task<string> ReadUntilAsync(CancellationToken cancellationToken, params string[] all)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(TimeSpan.FromSeconds(60));
            var said = new List<string>();
            try
            {
                await foreach (var line in _lines.Reader.ReadAllAsync(deadline.Token))
                {
                    if (all.All(text => line.Contains(text, StringComparison.Ordinal)))
                    {
                        return line;
                    }

                    said.Add(line);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Said below.
            }

            throw new InvalidOperationException($"The Stripe CLI did not say {string.Join(" … ", all)}, but: {string.Join('\n', said)}");
        }

        internal async Task<List<string>> RemainingAsync(CancellationToken cancellationToken)
        {
            var lines = new List<string>();
            await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                lines.Add(line);
            }

            return lines;
        }

        public void Dispose()
        {
            if (!Process.HasExited)
            {
                // The shim waits for the CLI proper, a child of its own.
                Process.Kill(entireProcessTree: true);
            }

            Process.Dispose();
        }

        private void Keep(string? line)
        {
            if (line is not null)
            {
                _lines.Writer.TryWrite(line);
            }
            else if (Interlocked.Decrement(ref _open) == 0)
            {
                _lines.Writer.TryComplete();
            }
        }
    }
}
