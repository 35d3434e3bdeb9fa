using System.Runtime.InteropServices;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>What .NET's <see cref="System.Diagnostics.Process"/> does not offer: signals, sessions, a look into the PATH.</summary>
internal static partial class UnixProcess
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    /// <summary>The program that puts a child into a session of its own, so that the terminal's Ctrl+C reaches this host alone; null where there is none.</summary>
    public static string? Setsid { get; } = OperatingSystem.IsLinux() ? FindOnPath("setsid") : null;

    /// <summary>Signals a process, or with a negative number its whole group. False when there is none.</summary>
    public static bool Signal(int target, int signal) => Kill(target, signal) == 0;

    /// <summary>The full path of a command, as a shell would find it; null when there is none.</summary>
    public static string? FindOnPath(string command)
    {
        if (command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return File.Exists(command) ? command : null;
        }

        var fileName = OperatingSystem.IsWindows() ? $"{command}.exe" : command;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, fileName))
            .FirstOrDefault(File.Exists);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
