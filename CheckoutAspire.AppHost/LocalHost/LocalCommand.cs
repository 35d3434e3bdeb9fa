using System.Runtime.InteropServices;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>What <c>./run</c> runs where Aspire is not to be had: everything until Ctrl+C or SIGTERM.</summary>
internal static class LocalCommand
{
    private const int Succeeded = 0;
    private const int Failed = 1;

    /// <summary>Runs the application until a signal comes.</summary>
    public static Task<int> RunAsync(HostConsole console) => UntilSignalAsync(console, async (stop, hurry) =>
    {
        var layout = LocalLayout.Of(AppContext.BaseDirectory);
        DotEnv.Load(layout.DotEnvFile);
        var options = new LocalApplicationOptions { Layout = layout, Data = new DataDirectory(layout.DataDirectory), Hurry = hurry };
        await using var application = await LocalApplication.StartAsync(options, console, stop);
        console.Write(Welcome.Lines(application.Configuration, options.Topology, options.Layout, options.Data));
        await application.WatchAsync(stop);
    });

    /// <summary>
    /// Runs <paramref name="run"/> with two tokens: the first signal cancels the first, to stop in order; a second signal, from a user
    /// who waits no longer, cancels the second.
    /// </summary>
    /// <returns>The exit code: 0 after a signal, 1 when something could not start or ended by itself; then the reason is written.</returns>
    public static async Task<int> UntilSignalAsync(HostConsole console, Func<CancellationToken, CancellationToken, Task> run)
    {
        using var stop = new CancellationTokenSource();
        using var hurry = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        try
        {
            await run(stop.Token, hurry.Token);
            return Succeeded;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Succeeded;
        }
        catch (Exception exception) when (exception is ConfigurationException or ResourceFailedException)
        {
            console.Write(["", exception.Message]);
            return Failed;
        }

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            (stop.IsCancellationRequested ? hurry : stop).Cancel();
        }
    }
}
