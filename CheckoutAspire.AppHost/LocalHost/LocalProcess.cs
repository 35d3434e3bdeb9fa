using System.Diagnostics;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>A resource's running process.</summary>
internal sealed class LocalProcess : IDisposable
{
    private const int LinesKept = 15;

    private readonly Process _process;
    private readonly Task _output;
    private readonly Queue<string> _lastLines = new();
    private readonly Action<string> _log;

    private LocalProcess(LocalResource resource, Process process, Action<string> log)
    {
        Resource = resource;
        _process = process;
        _log = log;
        _output = Task.WhenAll(PumpAsync(process.StandardOutput), PumpAsync(process.StandardError));
        Exited = WaitForExitAsync();
    }

    public LocalResource Resource { get; }

    /// <summary>Its exit code, once it has ended and its last lines are read.</summary>
    public Task<int> Exited { get; }

    /// <summary>What a signal is sent to: the process's group where it has one of its own, with whatever it started itself.</summary>
    public int SignalTarget => UnixProcess.Setsid is null ? _process.Id : -_process.Id;

    /// <summary>Starts the resource's process. The caller disposes it.</summary>
    public static LocalProcess Start(LocalResource resource, Action<string> log)
    {
        if (!Directory.Exists(resource.WorkingDirectory))
        {
            DataDirectory.CreatePrivate(resource.WorkingDirectory);
        }

        // setsid replaces itself by the command: the process keeps its number and leads its own session.
        string[] command = [resource.Command, .. resource.Arguments];
        if (UnixProcess.Setsid is { } setsid)
        {
            command = [setsid, .. command];
        }

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = resource.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in Variables.All)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in resource.Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{resource.Command} did not start.");
        process.StandardInput.Close();
        return new LocalProcess(resource, process, log);
    }

    /// <summary>The end of its log, without stack frames: an exception's message is what the user can act on.</summary>
    public IReadOnlyList<string> LastLines()
    {
        lock (_lastLines)
        {
            return [.. _lastLines];
        }
    }

    /// <summary>Asks it to stop, and ends it when it has not after <paramref name="grace"/> or when <paramref name="hurry"/> is canceled.</summary>
    /// <returns>False when it had to be ended.</returns>
    public async Task<bool> StopAsync(TimeSpan grace, TimeProvider time, CancellationToken hurry)
    {
        Signal(UnixProcess.SigTerm);
        var stopped = true;
        try
        {
            await Exited.WaitAsync(grace, time, hurry);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            stopped = false;
        }

        // Also what it may have started and left behind in its group.
        Signal(UnixProcess.SigKill);
        await Exited;
        return stopped;
    }

    public void Dispose() => _process.Dispose();

    private void Signal(int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
        }
        else if (!UnixProcess.Signal(SignalTarget, signal) && !_process.HasExited)
        {
            // Not a group leader yet: setsid has still to run.
            _ = UnixProcess.Signal(_process.Id, signal);
        }
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        try
        {
            // A grandchild that outlives it may hold the pipe open, so the wait has an end.
            await _output.WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (TimeoutException)
        {
            // What has been read is what there is.
        }

        return _process.ExitCode;
    }

    private async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _log(line);
            if (line.TrimStart().StartsWith("at ", StringComparison.Ordinal) || string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            lock (_lastLines)
            {
                _lastLines.Enqueue(line);
                if (_lastLines.Count > LinesKept)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }
}
