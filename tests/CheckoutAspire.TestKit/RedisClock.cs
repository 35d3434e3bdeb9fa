using System.Globalization;

namespace CheckoutAspire.TestKit;

/// <summary>The clock of a Redis server, which a test sets back by libfaketime, where that is installed.</summary>
public sealed class RedisClock : IDisposable
{
    private static readonly string? s_library = Find();

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-clock-");

    public RedisClock() => Set(TimeSpan.Zero);

    public static bool IsInstalled => s_library is not null;

    /// <summary>
    /// The installed server with this clock. Its memory comes from the C library, because libfaketime and jemalloc call each other without end.
    /// </summary>
    public RedisProgram Program => RedisProgram.Installed with
    {
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = s_library + " libc.so.6",
            ["FAKETIME_TIMESTAMP_FILE"] = File,
            ["FAKETIME_NO_CACHE"] = "1",

            // As when the clock of a machine is set.
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        },
    };

    private string File => Path.Combine(_directory.FullName, "offset");

    /// <summary>Sets the clock to so much after the present time.</summary>
    public void Set(TimeSpan offset)
    {
        // The server reads the file all the time, and must never find it half written.
        System.IO.File.WriteAllText(File + ".new", offset.TotalSeconds.ToString("+0;-0", CultureInfo.InvariantCulture));
        System.IO.File.Move(File + ".new", File, overwrite: true);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>For example <c>/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1</c>.</summary>
    private static string? Find() => !OperatingSystem.IsLinux() ? null : ((string[])["/usr/lib64", "/usr/lib"]).Where(Directory.Exists)
        .SelectMany(directory => Directory.EnumerateDirectories(directory).Prepend(directory))
        .Select(directory => Path.Combine(directory, "faketime", "libfaketimeMT.so.1"))
        .FirstOrDefault(System.IO.File.Exists);
}
