using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>A service in its own process on a free port, which tests kill, stop, suspend and resume.</summary>
internal sealed class ServiceUnderFault : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    /// <summary>Nothing listens on this port, and nothing can take it that is not privileged.</summary>
    private static readonly Uri s_nowhere = new("http://127.0.0.1:1");

    private readonly ChildProcess _process;
    private readonly Uri _address;
    private volatile bool _isKilled;

    private ServiceUnderFault(ChildProcess process, string name, Uri address) => (_process, Name, _address) = (process, name, address);

    public string Name { get; }

    /// <summary>The address that the service listens on. Another process may take the port of a service that was killed, so nothing is sent there any more.</summary>
    public Uri Address => _isKilled ? s_nowhere : _address;

    /// <summary>Its resident memory now.</summary>
    public long ResidentBytes => _process.Usage.ResidentBytes;

    /// <summary>The last lines that the service printed, for failure messages.</summary>
    public string Tail => $"{Name} ({_process.Id})\n{_process.Tail}";

    /// <summary>Starts a service and waits until it listens.</summary>
    /// <param name="name">The name of its project, which must be built.</param>
    /// <param name="environment">Its environment variables. It inherits none of the configuration of the test run.</param>
    public static async Task<ServiceUnderFault> StartAsync(string name, IReadOnlyDictionary<string, string> environment)
    {
        var process = ChildProcess.Start(
            "dotnet", [Repository.Built(name)], environment);
        try
        {
            var line = await process.ReadUntilAsync(CancellationToken.None, Listening);
            return new ServiceUnderFault(process, name, new Uri(line.Split(Listening)[1].Trim()));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the service prints a line with a text.</summary>
    public Task<string> ReadUntilAsync(string text) => _process.ReadUntilAsync(TestContext.Current.CancellationToken, text);

    /// <summary>Sends SIGKILL (<c>kill -9</c>).</summary>
    public Task KillAsync()
    {
        _isKilled = true;
        return _process.KillAsync();
    }

    /// <summary>Sends SIGTERM, which a paused process receives when it goes on.</summary>
    public void AskToStop() => _process.Terminate();

    /// <summary>Sends SIGTERM and returns the exit code.</summary>
    public Task<int> TerminateAsync()
    {
        AskToStop();
        return WaitForExitAsync();
    }

    /// <summary>Waits until the process exits and returns the exit code.</summary>
    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync();

    /// <summary>Sends SIGSTOP: the process pauses, and its connections stay open.</summary>
    public Task SuspendAsync() => _process.SuspendAsync(TestContext.Current.CancellationToken);

    /// <summary>Sends SIGCONT.</summary>
    public void Resume() => _process.Resume();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
