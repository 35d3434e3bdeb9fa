using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace CheckoutAspire.TestKit;

/// <summary>The output and the exit code of a process that has ended.</summary>
public sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    /// <summary>The standard output of a process that succeeded.</summary>
    /// <exception cref="InvalidOperationException">The process failed.</exception>
    public string Required => ExitCode == 0 ? Output : throw new InvalidOperationException($"Exit code {ExitCode}: {Error}{Output}");
}

/// <summary>The resources that a process has used so far.</summary>
/// <param name="Cpu">User and system time of all its threads.</param>
/// <param name="ResidentBytes">Its resident memory now.</param>
public readonly record struct ProcessUsage(TimeSpan Cpu, long ResidentBytes);

/// <summary>
/// A process that a test starts. It inherits none of the shell's configuration, its lines can be awaited, and disposal kills it with
/// its descendants.
/// </summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int TailLength = 120;

    private static readonly TimeSpan s_startDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_runDeadline = TimeSpan.FromMinutes(3);
    private static readonly string[] s_configuration =
        ["STRIPE_", "CHECKOUT_", "FULFILLMENT_", "OPS_", "ALERT_", "OTEL_", "ASPNETCORE_", "DOTNET_ENVIRONMENT", "DOTNET_gc", "APP_BASE_URL", "SANDBOX_"];

    private readonly Process _process;
    private readonly string _name;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly ConcurrentQueue<string> _tail = new();
    private int _openStreams = 2;
    private bool _isDisposed;

    private ChildProcess(Process process, string name)
    {
        (_process, _name) = (process, name);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>The last lines of both streams, for the message of a failure.</summary>
    public string Tail => $"--- {_name}{Environment.NewLine}{string.Join(Environment.NewLine, _tail)}";

    /// <summary>The resources that it has used so far.</summary>
    public ProcessUsage Usage
    {
        get
        {
            _process.Refresh();
            return new ProcessUsage(_process.TotalProcessorTime, _process.WorkingSet64);
        }
    }

    /// <param name="program">A path, or a name that is looked up in the PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables that are added to the inherited ones.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="redirectInput">Whether the test writes to its standard input.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null, bool redirectInput = false)
    {
        var start = StartInfo(program, arguments, environment, directory);
        start.RedirectStandardInput = redirectInput;
        return new ChildProcess(Process.Start(start)!, $"{program} {start.ArgumentList.FirstOrDefault()}");
    }

    /// <summary>Runs a program to its end. A program that takes longer than three minutes is killed.</summary>
    public static async Task<ProcessResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null,
        string? directory = null)
    {
        using var process = Process.Start(StartInfo(program, arguments, environment, directory))!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await Task.WhenAll(output, error, process.WaitForExitAsync(cancellationToken)).WaitAsync(s_runDeadline, cancellationToken);
            return new ProcessResult(process.ExitCode, await output, await error);
        }
        finally
        {
            KillTree(process);
        }
    }

    /// <summary>Whether the PATH has a program.</summary>
    public static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));

    /// <summary>Returns the next line that contains every given text.</summary>
    /// <exception cref="InvalidOperationException">The process ended or two minutes passed without such a line.</exception>
    public async Task<string> ReadUntilAsync(CancellationToken cancellationToken, params string[] texts)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_startDeadline);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(deadline.Token))
            {
                if (texts.All(text => line.Contains(text, StringComparison.Ordinal)))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The exception below has the lines that were printed instead.
        }

        throw new InvalidOperationException($"No line contained \"{string.Join("\" and \"", texts)}\".{Environment.NewLine}{Tail}");
    }

    /// <summary>Waits until a probe succeeds.</summary>
    /// <exception cref="InvalidOperationException">The process ended or two minutes passed before that.</exception>
    public async Task WaitUntilReadyAsync(Func<Task<bool>> isReady, CancellationToken cancellationToken)
    {
        var state = (IsReady: false, HasExited: false);
        try
        {
            state = await Eventually.GetAsync(
                async () => (await isReady(), _process.HasExited), now => now.Item1 || now.HasExited, cancellationToken, s_startDeadline);
        }
        catch (TimeoutException)
        {
            // The exception below has what the process printed.
        }

        if (!state.IsReady)
        {
            throw new InvalidOperationException($"The process did not become ready.{Environment.NewLine}{Tail}");
        }
    }

    /// <summary>Waits two minutes at most for its end, and returns its exit code.</summary>
    public Task<int> WaitForExitAsync(CancellationToken cancellationToken = default) => WaitForExitAsync(s_startDeadline, cancellationToken);

    /// <summary>Waits for its end, and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(deadline, cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM.</summary>
    /// <returns>Whether the process still exists.</returns>
    public bool Terminate() => Signal(_process.Id, 15) == 0;

    /// <summary>
    /// Sends SIGSTOP, and waits until each thread has stopped: the signal returns before. The process is paused, and its connections stay open. The numbers differ
    /// between systems.
    /// </summary>
    public Task SuspendAsync(CancellationToken cancellationToken)
    {
        _ = Signal(_process.Id, OperatingSystem.IsMacOS() ? 17 : 19);
        return Eventually.GetAsync(() => Task.FromResult(IsSuspended(_process.Id)), suspended => suspended, cancellationToken);
    }

    /// <summary>Sends SIGCONT.</summary>
    public bool Resume() => Signal(_process.Id, OperatingSystem.IsMacOS() ? 19 : 18) == 0;

    /// <summary>Kills it and its descendants at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        KillTree(_process);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await KillAsync();
            _process.Dispose();
        }
    }

    private static ProcessStartInfo StartInfo(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, string? directory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Environment.CurrentDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(IsConfiguration).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Whether a variable configures this application, .NET's hosting or OpenTelemetry: <c>Orders__Partitions</c>, <c>STRIPE_SECRET_KEY</c>.</summary>
    private static bool IsConfiguration(string name) =>
        name.Contains("__", StringComparison.Ordinal) || s_configuration.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether all threads of a process are stopped, as Linux reports it. Other systems report nothing.</summary>
    private static bool IsSuspended(int processId)
    {
        try
        {
            // "4711 (.NET TP Worker) T 4700 …": the name of a thread may contain anything.
            return !OperatingSystem.IsLinux() || Directory.GetDirectories($"/proc/{processId}/task")
                .Select(thread => File.ReadAllText(Path.Combine(thread, "stat")))
                .All(stat => stat[stat.LastIndexOf(')')..].StartsWith(") T", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // A thread has just ended.
            return false;
        }
    }

    private static void KillTree(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int processId, int signal);

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Writer.TryWrite(line);
            _tail.Enqueue(line);
            if (_tail.Count > TailLength)
            {
                _tail.TryDequeue(out _);
            }
        }
        else if (Interlocked.Decrement(ref _openStreams) == 0)
        {
            _lines.Writer.TryComplete();
        }
    }
}
