using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>Starts the graph in the order of its dependencies, watches it, and stops it in the reverse order.</summary>
/// <param name="graph">The resources, each after those it waits for.</param>
/// <param name="console">Where their logs go.</param>
/// <param name="time">The clock of deadlines.</param>
/// <param name="hurry">Canceled when the user waits no longer: what has not stopped by then is ended at once.</param>
internal sealed class Supervisor(IReadOnlyList<LocalResource> graph, HostConsole console, TimeProvider time, CancellationToken hurry)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_probeInterval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, LocalProcess> _running = new(StringComparer.Ordinal);
    private Watchdog? _watchdog;

    /// <summary>How long a resource may take to become ready.</summary>
    public TimeSpan ReadyDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a resource may take to stop before it is ended.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Starts everything; each resource once those that it waits for are ready.</summary>
    /// <exception cref="ResourceFailedException">One could not start. What did start is stopped by <see cref="DisposeAsync"/>.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in graph)
        {
            CheckInstalled(resource);
            CheckPort(resource);
        }

        _watchdog = Watchdog.Start();
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = new Dictionary<string, Task>(StringComparer.Ordinal);
        foreach (var resource in graph)
        {
            ready[resource.Name] = StartAsync(resource, Task.WhenAll(resource.WaitsFor.Select(name => ready[name])), giveUp.Token);
        }

        var all = ready.Values.ToList();
        await foreach (var started in Task.WhenEach(all).WithCancellation(CancellationToken.None))
        {
            if (!started.IsCompletedSuccessfully)
            {
                await giveUp.CancelAsync();
                await Task.WhenAll(all).ContinueWith(_ => { }, CancellationToken.None, default, TaskScheduler.Default);
                await started;
            }
        }
    }

    /// <summary>Completes only when a resource ends by itself.</summary>
    /// <exception cref="ResourceFailedException">Always, then.</exception>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        var exits = _running.Values.ToDictionary(process => (Task)process.Exited);
        var first = await Task.WhenAny(exits.Keys).WaitAsync(cancellationToken);
        throw Ended(exits[first], await exits[first].Exited, "");
    }

    /// <summary>Stops everything, dependents first. Redis is last, when nobody writes any more.</summary>
    public async ValueTask DisposeAsync()
    {
        var stopped = new Dictionary<string, Task>(StringComparer.Ordinal);
        foreach (var resource in graph.Reverse())
        {
            var dependents = graph.Where(other => other.WaitsFor.Contains(resource.Name)).Select(other => stopped[other.Name]);
            stopped[resource.Name] = StopAsync(resource, Task.WhenAll(dependents));
        }

        await Task.WhenAll(stopped.Values);
        if (_watchdog is not null)
        {
            await _watchdog.DisposeAsync();
            _watchdog = null;
        }
    }

    private async Task StartAsync(LocalResource resource, Task dependencies, CancellationToken cancellationToken)
    {
        await dependencies;
        cancellationToken.ThrowIfCancellationRequested();
        var process = _running[resource.Name] = LocalProcess.Start(resource, line => console.Log(resource.Name, line));
        _watchdog?.Watch(process);
        await WaitUntilReadyAsync(process, cancellationToken);
        console.Log(resource.Name, "ready");
    }

    private async Task WaitUntilReadyAsync(LocalProcess process, CancellationToken cancellationToken)
    {
        var name = process.Resource.Name;
        var began = time.GetTimestamp();
        while (true)
        {
            var probe = process.Resource.Readiness.ProbeAsync(cancellationToken);
            if (await Task.WhenAny(process.Exited, probe) == process.Exited)
            {
                throw Ended(process, await process.Exited, " before it was ready");
            }

            if (await probe is not { } answer)
            {
                return;
            }

            if (time.GetElapsedTime(began) > ReadyDeadline)
            {
                throw new ResourceFailedException(
                    $"{name} is not ready after {ReadyDeadline.TotalSeconds:0} s: {answer}.{Tail(process)}");
            }

            await Task.WhenAny(Task.Delay(s_probeInterval, time, cancellationToken), process.Exited);
        }
    }

    private async Task StopAsync(LocalResource resource, Task dependents)
    {
        await dependents;
        if (_running.TryRemove(resource.Name, out var process))
        {
            using (process)
            {
                var ended = process.Exited.IsCompleted;
                var asked = await process.StopAsync(StopGrace, time, hurry);
                console.Log(resource.Name, ended ? "had stopped" : asked ? "stopped" : "did not stop in time and was killed");
            }
        }
    }

    private static ResourceFailedException Ended(LocalProcess process, int exitCode, string when) =>
        new($"{process.Resource.Name} ended with exit code {exitCode}{when}.{Tail(process)}");

    private static string Tail(LocalProcess process) =>
        process.LastLines() is { Count: > 0 } lines
            ? " Its last lines:\n" + string.Join('\n', lines.Select(line => $"    {line}"))
            : " It logged nothing.";

    private static void CheckInstalled(LocalResource resource)
    {
        if (UnixProcess.FindOnPath(resource.Command) is null)
        {
            throw new ResourceFailedException($"{resource.Name} needs {resource.Command}, which is not on the PATH: {resource.IfMissing}.");
        }

        if (resource.RequiredFile is { } file && !File.Exists(file))
        {
            throw new ResourceFailedException($"{resource.Name} needs {file}, which is not there: {resource.IfMissing}.");
        }
    }

    private static void CheckPort(LocalResource resource)
    {
        if (resource.Port is not { } port)
        {
            return;
        }

        // The services bind "localhost", which is both of these.
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            try
            {
                using var listener = new TcpListener(address, port);
                listener.Start();
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new ResourceFailedException(
                    $"Port {port} ({resource.Name}) is already taken: stop what listens there "
                    + $"(`ss -ltnp 'sport = :{port}'` names it); perhaps this application runs already.");
            }
            catch (SocketException)
            {
                // No IPv6 on this machine.
            }
        }
    }
}
