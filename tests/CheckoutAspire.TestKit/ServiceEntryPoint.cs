using System.Reflection;
using System.Text;

namespace CheckoutAspire.TestKit;

/// <summary>Runs a service's entry point in the process of the tests, for tests of configuration that the service refuses.</summary>
public static class ServiceEntryPoint
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);
    private static readonly AsyncLocal<StringBuilder?> s_captured = new();

    static ServiceEntryPoint()
    {
        Console.SetOut(new CapturingWriter(Console.Out));
        Console.SetError(new CapturingWriter(Console.Error));
    }

    /// <summary>Runs a service that is expected to refuse its configuration.</summary>
    /// <param name="assembly">The service's assembly, which the test project references.</param>
    /// <param name="environment">The service's variables, by their names in the environment: <c>ConnectionStrings__redis</c>.</param>
    /// <returns>The return value of its entry point, and its output on both streams.</returns>
    /// <exception cref="TimeoutException">The service has accepted its configuration and is running.</exception>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(string assembly, IReadOnlyDictionary<string, string> environment)
    {
        // A host that refuses to start is not disposed, so it must not leave a file watcher behind.
        var variables = new Dictionary<string, string>
        {
            ["applicationName"] = assembly,
            ["contentRoot"] = AppContext.BaseDirectory,
            ["hostBuilder:reloadConfigOnChange"] = "false",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
        };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        string[] arguments = [.. variables.Select(variable => $"--{Key(variable.Key)}={variable.Value}")];
        var main = Assembly.Load(assembly).EntryPoint!.CreateDelegate<Func<string[], int>>();
        var output = s_captured.Value = new StringBuilder();
        var exitCode = await Task.Factory
            .StartNew(() => main(arguments), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(s_deadline);
        lock (output)
        {
            return (exitCode, output.ToString());
        }
    }

    /// <summary>The configuration's key of a variable, as the host reads it from the environment.</summary>
    private static string Key(string variable) => variable
        .Replace("ASPNETCORE_", "", StringComparison.Ordinal)
        .Replace("__", ":", StringComparison.Ordinal);

    /// <summary>Captures the output of a captured run, and passes other output on.</summary>
    private sealed class CapturingWriter(TextWriter console) : TextWriter
    {
        public override Encoding Encoding => console.Encoding;

        public override void Write(char value)
        {
            if (s_captured.Value is not { } captured)
            {
                console.Write(value);
                return;
            }

            lock (captured)
            {
                captured.Append(value);
            }
        }

        public override void Write(string? value)
        {
            if (s_captured.Value is not { } captured)
            {
                console.Write(value);
                return;
            }

            lock (captured)
            {
                captured.Append(value);
            }
        }

        public override void WriteLine(string? value) => Write(value + NewLine);

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }

        public override void Flush() => console.Flush();
    }
}
