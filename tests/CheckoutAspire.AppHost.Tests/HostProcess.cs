using System.Diagnostics;
using CheckoutAspire.AppHost.LocalHost;

namespace CheckoutAspire.AppHost.Tests;

/// <summary>A host in a process of its own, with tiny shells for services, so that a test can signal or kill it.</summary>
internal static class HostProcess
{
    public const string Argument = "local-host-of-shells";

    public static Process Start(string directory) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, Arguments(directory)) { RedirectStandardOutput = true })!;

    public static Task<int> RunAsync(string directory)
    {
        var console = HostConsole.Standard();
        return LocalCommand.UntilSignalAsync(console, async (stop, hurry) =>
        {
            await using var supervisor = new Supervisor(ShellResource.Chain(directory), console, TimeProvider.System, hurry);
            await supervisor.StartAsync(stop);
            await supervisor.WatchAsync(stop);
        });
    }

    // The test executable, or `dotnet` with its assembly.
    private static string[] Arguments(string directory) =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(HostProcess).Assembly.Location, Argument, directory]
            : [Argument, directory];
}
