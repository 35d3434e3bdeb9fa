using System.Globalization;
using CheckoutAspire.AppHost.LocalHost;

namespace CheckoutAspire.AppHost.Tests;

/// <summary>Tiny real processes in a directory of their own: each writes down its start, its number and its orderly end.</summary>
internal static class ShellResource
{
    public static LocalResource Create(
        string directory, string name, string? script = null, Readiness? readiness = null, params IReadOnlyList<string> waitsFor) => new()
        {
            Name = name,
            Command = "sh",
            Arguments = ["-c", script ?? Waits(name)],
            WorkingDirectory = directory,
            Environment = new Dictionary<string, string>(),
            Readiness = readiness ?? new FileReadiness(Path.Combine(directory, $"{name}.pid")),
            WaitsFor = waitsFor,
        };

    /// <summary>Runs until SIGTERM.</summary>
    public static string Waits(string name) => $"""
        trap 'echo stopped {name} >> journal; exit 0' TERM
        echo started {name} >> journal
        echo $$ > {name}.tmp
        mv {name}.tmp {name}.pid
        while :; do sleep 0.05; done
        """;

    /// <summary>redis ← api ← edge: a graph of three.</summary>
    public static IReadOnlyList<LocalResource> Chain(string directory) =>
    [
        Create(directory, "redis"),
        Create(directory, "api", waitsFor: "redis"),
        Create(directory, "edge", waitsFor: ["api", "redis"]),
    ];

    public static IReadOnlyList<string> Journal(string directory) => File.ReadAllLines(Path.Combine(directory, "journal"));

    public static async Task<int> ProcessIdAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var file = Path.Combine(directory, $"{name}.pid");
        await Eventually.TrueAsync(() => File.Exists(file), cancellationToken);
        return int.Parse(await File.ReadAllTextAsync(file, cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Runs: it is there and no zombie that its new parent has yet to bury.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            // 1234 (sh) S 1 …
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private sealed record FileReadiness(string File) : Readiness
    {
        public override Task<string?> ProbeAsync(CancellationToken cancellationToken) =>
            Task.FromResult(System.IO.File.Exists(File) ? null : "its file is not there");
    }
}
