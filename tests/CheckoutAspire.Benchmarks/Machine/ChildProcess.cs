using System.Diagnostics;

namespace CheckoutAspire.Benchmarks.Machine;

/// <summary>What a process has used so far.</summary>
/// <param name="Cpu">User and system time of all its threads.</param>
/// <param name="ResidentBytes">Its resident memory now.</param>
internal readonly record struct Usage(TimeSpan Cpu, long ResidentBytes);

/// <summary>A process that this benchmark started, and ends.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TailLines = 20;

    private readonly Process _process;
    private readonly string _name;
    private readonly Queue<string> _tail = new();
    private bool _ended;

    private ChildProcess(Process process, string name) => (_process, _name) = (process, name);

    /// <param name="name">What an error calls it.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Its own variables.</param>
    /// <param name="input">Whether its standard input is written.</param>
    /// <param name="directory">Its working directory.</param>
    public static ChildProcess Start(
        string name,
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        bool input = false,
        string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = input,
            WorkingDirectory = directory ?? Environment.CurrentDirectory,
        };

        // Nothing of this shell's configuration reaches what is measured: no exporter, no log level, no key.
        foreach (var inherited in start.Environment.Keys.Where(IsConfiguration).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start)!;
        var child = new ChildProcess(process, name);
        process.OutputDataReceived += (_, line) => child.Remember(line.Data);
        process.ErrorDataReceived += (_, line) => child.Remember(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    public StreamWriter Input => _process.StandardInput;

    public Usage Usage
    {
        get
        {
            _process.Refresh();
            return new Usage(_process.TotalProcessorTime, _process.WorkingSet64);
        }
    }

    /// <summary>Waits until it answers, as <paramref name="answers"/> finds out.</summary>
    /// <exception cref="InvalidOperationException">It ended, or took too long; with what it said last.</exception>
    public async Task WhenReadyAsync(Func<Task<bool>> answers, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!_process.HasExited && clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (await answers())
            {
                return;
            }

            await Task.Delay(20, cancellationToken);
        }

        throw new InvalidOperationException($"{_name} did not start.{Environment.NewLine}{Tail}");
    }

    /// <exception cref="InvalidOperationException">It ended, which it should not have.</exception>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"{_name} ended.{Environment.NewLine}{Tail}");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task WhenEndedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{_name} failed.{Environment.NewLine}{Tail}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private string Tail
    {
        get
        {
            lock (_tail)
            {
                return string.Join(Environment.NewLine, _tail);
            }
        }
    }

    private static bool IsConfiguration(string name) =>
        name.StartsWith("STRIPE_", StringComparison.Ordinal) || name.StartsWith("CHECKOUT_", StringComparison.Ordinal)
        || name.StartsWith("FULFILLMENT_", StringComparison.Ordinal) || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.StartsWith("DOTNET_gc", StringComparison.OrdinalIgnoreCase)
        || name.Contains("__", StringComparison.Ordinal);

    private void Remember(string? line)
    {
        if (line is not null)
        {
            lock (_tail)
            {
                _tail.Enqueue(line);
                if (_tail.Count > TailLines)
                {
                    _tail.Dequeue();
                }
            }
        }
    }
}
