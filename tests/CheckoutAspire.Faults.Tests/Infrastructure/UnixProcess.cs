using System.Runtime.InteropServices;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>Signals, which <see cref="System.Diagnostics.Process"/> does not offer.</summary>
internal static partial class UnixProcess
{
    public const int SigTerm = 15;

    /// <summary>Signals a process. False when the process does not exist.</summary>
    public static bool Signal(int target, int signal) => Kill(target, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
