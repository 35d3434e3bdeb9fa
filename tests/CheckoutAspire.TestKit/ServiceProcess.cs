namespace CheckoutAspire.TestKit;

/// <summary>A service as a process of its own, for tests of its exit code and of its output when it refuses to start.</summary>
public static class ServiceProcess
{
    /// <summary>Runs a service that is expected to end by itself.</summary>
    /// <param name="assembly">The service's assembly, which the test project references.</param>
    /// <param name="environment">Its variables. It inherits none of the configuration of the test run.</param>
    public static async Task<(int ExitCode, string Error)> RunToEndAsync(
        string assembly, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(environment);
        variables.TryAdd("ASPNETCORE_URLS", "http://127.0.0.1:0");
        variables.TryAdd("ASPNETCORE_ENVIRONMENT", "Development");
        var result = await ChildProcess.RunAsync(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, assembly + ".dll")], cancellationToken, variables, AppContext.BaseDirectory);
        return (result.ExitCode, result.Error + result.Output);
    }
}
