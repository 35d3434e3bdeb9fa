using System.Diagnostics;

namespace CheckoutAspire.TestKit;

/// <summary>A service as a process of its own, for what only a process shows: exit codes, and what it prints when it refuses to start.</summary>
public static class ServiceProcess
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    /// <summary>Runs a service that is expected to end by itself.</summary>
    /// <param name="assembly">The service's assembly, which the test project references.</param>
    /// <param name="environment">Its variables; it inherits none of the configuration of the test run.</param>
    public static async Task<(int ExitCode, string Error)> RunToEndAsync(
        string assembly, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, assembly + ".dll") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(IsConfiguration).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(s_deadline, cancellationToken);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await error + await output);
    }

    private static bool IsConfiguration(string name) =>
        name.StartsWith("STRIPE_", StringComparison.Ordinal)
        || name.StartsWith("CHECKOUT_", StringComparison.Ordinal)
        || name.StartsWith("ConnectionStrings__", StringComparison.Ordinal)
        || name is "APP_BASE_URL" or "Orders__Partitions" or "OPS_TOKEN";
}
