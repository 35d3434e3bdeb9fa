using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>A service as a process of its own, on a free port: what can be killed, stopped and resumed.</summary>
internal sealed class ServiceUnderFault : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";
    private const int TailLength = 120;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);
    private static readonly string[] s_inherited = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_CLI_HOME"];

    // The numbers differ: https://man7.org/linux/man-pages/man7/signal.7.html
    private static readonly int s_sigStop = OperatingSystem.IsMacOS() ? 17 : 19;
    private static readonly int s_sigCont = OperatingSystem.IsMacOS() ? 19 : 18;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _tail = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceUnderFault(Process process, string name)
    {
        (_process, Name) = (process, name);
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    /// <summary>Where it listens: another port after each start.</summary>
    public Uri Address => _address.Task.IsCompletedSuccessfully ? _address.Task.GetAwaiter().GetResult() : new Uri("http://127.0.0.1:1");

    /// <summary>The last lines that it printed, for a failure's message.</summary>
    public string Tail => string.Create(CultureInfo.InvariantCulture, $"--- {Name} ({_process.Id})\n{string.Join('\n', _tail)}");

    /// <summary>Starts a service and waits until it listens.</summary>
    /// <param name="name">Its project, built beside this one.</param>
    /// <param name="environment">Its variables; it inherits none of the configuration of the test run.</param>
    public static async Task<ServiceUnderFault> StartAsync(string name, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { PathOf(name) },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited in start.Environment.Keys.Except(s_inherited, StringComparer.Ordinal).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var service = new ServiceUnderFault(Process.Start(start)!, name);
        var ended = service._process.WaitForExitAsync();
        if (await Task.WhenAny(service._address.Task, ended, Task.Delay(s_deadline)) != service._address.Task)
        {
            var tail = service.Tail;
            await service.DisposeAsync();
            throw new InvalidOperationException($"It did not start:\n{tail}");
        }

        return service;
    }

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, then its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        UnixProcess.Signal(_process.Id, UnixProcess.SigTerm);
        return await WhenEndedAsync();
    }

    /// <summary>Waits for the end that it comes to by itself; its exit code.</summary>
    public async Task<int> WhenEndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_deadline);
        return _process.ExitCode;
    }

    /// <summary>SIGSTOP: it stands still, and its connections stay open.</summary>
    public void Suspend() => UnixProcess.Signal(_process.Id, s_sigStop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => UnixProcess.Signal(_process.Id, s_sigCont);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    /// <summary><c>artifacts/bin/CheckoutAspire.Worker/debug/CheckoutAspire.Worker.dll</c>, beside this project's own folder.</summary>
    private static string PathOf(string name)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(own.Parent!.Parent!.FullName, name, own.Name, name + ".dll");
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        if (line.Split(Listening) is [_, var address])
        {
            _address.TrySetResult(new Uri(address.Trim()));
        }

        _tail.Enqueue(line);
        if (_tail.Count > TailLength)
        {
            _tail.TryDequeue(out _);
        }
    }
}
