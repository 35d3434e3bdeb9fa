using System.Runtime.InteropServices;
using CheckoutAspire.Benchmarks.Latency;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Benchmarks.Mcp;
using CheckoutAspire.Benchmarks.Receiver;
using CheckoutAspire.Benchmarks.Report;
using CheckoutAspire.Benchmarks.Sandbox;
using CheckoutAspire.Benchmarks.Scale;
using CheckoutAspire.Benchmarks.Soak;
using CheckoutAspire.Benchmarks.Worker;

namespace CheckoutAspire.Benchmarks;

/// <summary>Runs the requested benchmarks, prints the results and writes them to the document.</summary>
internal static class Bench
{
    public static async Task<int> RunAsync(string[] args)
    {
        BenchOptions options;
        try
        {
            options = BenchOptions.Parse(args);
        }
        catch (FormatException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message + Environment.NewLine + BenchOptions.Usage);
            return 2;
        }

        // However this run ends, the processes that it started end too.
        using var stop = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await (options.Soak is { } duration ? SoakAsync(duration, options, stop.Token)
                : options.Scale ? ScaleAsync(options, stop.Token)
                : options.Only == BenchOptions.SandboxPart ? SandboxAsync(options, stop.Token)
                : MeasureAsync(options, stop.Token));
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var started = MachineFacts.LoadAverage;
        var figures = new List<Figures>();
        foreach (var fsync in options.Fsync)
        {
            figures.Add(new Figures(
                fsync,
                options.Runs("receiver") ? await ReceiverBench.RunAsync(options, fsync, cancellationToken) : null,
                options.Runs("worker") ? await WorkerBench.RunAsync(options, fsync, cancellationToken) : null,
                options.Runs("latency") ? await LatencyBench.RunAsync(options, fsync, cancellationToken) : null,
                options.Runs("mcp") ? await McpBench.RunAsync(options, fsync, cancellationToken) : null));
        }

        var report = await BenchReport.WriteAsync(options, figures, started);
        Console.WriteLine(report);
        if (options.Publishes)
        {
            Document.Replace("figures", report);
        }
    }

    private static async Task SandboxAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var started = MachineFacts.LoadAverage;
        var report = SandboxReport.Write(options, await SandboxBench.RunAsync(options, cancellationToken), started);
        Console.WriteLine(report);
        if (!options.Quick)
        {
            Document.Replace("sandbox", report);
        }
    }

    private static async Task ScaleAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var started = MachineFacts.LoadAverage;
        var report = await ScaleReport.WriteAsync(options, await ScaleBench.RunAsync(options, cancellationToken), started);
        Console.WriteLine(report);
        if (options.Orders >= BenchOptions.FullScale)
        {
            Document.Replace("scale", report);
        }
    }

    private static async Task SoakAsync(TimeSpan duration, BenchOptions options, CancellationToken cancellationToken)
    {
        var started = MachineFacts.LoadAverage;
        var report = SoakReport.Write(duration, options, await SoakBench.RunAsync(duration, options, cancellationToken), started);
        Console.WriteLine(report);
        Document.Replace("soak", report);
    }
}
