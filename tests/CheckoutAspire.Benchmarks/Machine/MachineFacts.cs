using System.Globalization;
using System.Runtime.InteropServices;

namespace CheckoutAspire.Benchmarks.Machine;

/// <summary>What the figures were taken on.</summary>
internal static class MachineFacts
{
    public static string Processor => string.Create(
        CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, {Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString()}");

    public static string Memory => string.Create(
        CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024):F0} GiB");

    public static string System =>
        $"{Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription}, kernel {Environment.OSVersion.Version}";

    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>The machine's load averages, or "unknown": another process's work falsifies every figure.</summary>
    public static string LoadAverage =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "unknown";

    /// <summary>The first line that a program prints about its version.</summary>
    public static async Task<string> VersionOfAsync(string program) =>
        (await ChildProcess.RunAsync(program, ["--version"], CancellationToken.None)).Output.Split('\n')[0].Trim();

    private static string? Field(string file, string name) =>
        !File.Exists(file) ? null : File.ReadLines(file)
            .Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Select(line => line[(line.IndexOfAny([':', '=']) + 1)..].Trim())
            .FirstOrDefault();
}
