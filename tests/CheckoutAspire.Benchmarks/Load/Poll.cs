using System.Runtime.InteropServices;

namespace CheckoutAspire.Benchmarks.Load;

/// <summary>poll(2) over the connections: one thread drives them all, without a dispatch by the thread pool for each response.</summary>
internal sealed partial class Poll(IReadOnlyList<Connection> connections)
{
    private const short Readable = 1;

    private readonly Entry[] _entries =
        [.. connections.Select(connection => new Entry { Descriptor = connection.Descriptor, Wanted = Readable })];

    /// <summary>Waits until some connection is readable, or for the time given.</summary>
    /// <returns>The number of readable connections.</returns>
    public int Wait(TimeSpan atMost) => Native(_entries, (nuint)_entries.Length, (int)Math.Ceiling(atMost.TotalMilliseconds));

    /// <summary>Whether a connection is readable, or broken, as of the last wait.</summary>
    public bool IsReady(int connection) => _entries[connection].Found != 0;

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Native([In, Out] Entry[] entries, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
