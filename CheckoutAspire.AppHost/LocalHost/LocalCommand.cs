using System.Runtime.InteropServices;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>What <c>./run</c> runs where Aspire is not to be had: everything until Ctrl+C or SIGTERM.</summary>
internal static class LocalCommand
{
    private const int Succeeded = 0;
    private const int Failed = 1;

    /// <returns>The exit code: 0 after a signal, 1 when something could not start or ended by itself.</returns>
    public static async Task<int> RunAsync(HostConsole console)
    {
        // The first signal stops in order; a second one, from a user who waits no longer, ends at once.
        using var stop = new CancellationTokenSource();
        using var hurry = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);

        try
        {
            var layout = LocalLayout.Of(AppContext.BaseDirectory);
            DotEnv.Load(layout.DotEnvFile);
            await RunAsync(new LocalApplicationOptions { Layout = layout, Data = new DataDirectory(layout.DataDirectory), Hurry = hurry.Token });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Succeeded;
        }
        catch (Exception exception) when (exception is ConfigurationException or ResourceFailedException)
        {
            console.Write(["", exception.Message]);
        }

        return Failed;

        async Task RunAsync(LocalApplicationOptions options)
        {
            await using var application = await LocalApplication.StartAsync(options, console, stop.Token);
            console.Write(Welcome.Lines(application.Configuration, options.Topology, options.Layout, options.Data));
            await application.WatchAsync(stop.Token);
        }

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            (stop.IsCancellationRequested ? hurry : stop).Cancel();
        }
    }
}
