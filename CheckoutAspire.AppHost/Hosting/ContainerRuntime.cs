using System.ComponentModel;
using System.Diagnostics;

namespace CheckoutAspire.AppHost.Hosting;

/// <summary>Whether containers can be run. Aspire answers that only once the model is built, so this asks as it does itself.</summary>
internal static class ContainerRuntime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static bool Answers() =>
        (Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") ?? Environment.GetEnvironmentVariable("DOTNET_ASPIRE_CONTAINER_RUNTIME"))
            is { Length: > 0 } chosen ? Answers(chosen) : Answers("docker") || Answers("podman");

    private static bool Answers(string runtime)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(runtime, ["container", "ls", "-n", "1"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (process is not null && process.WaitForExit(s_patience))
            {
                return process.ExitCode == 0;
            }

            process?.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            // Not installed.
            return false;
        }
    }
}
