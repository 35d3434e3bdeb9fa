using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace CheckoutAspire.TestKit;

/// <summary>Ports for servers that start again on the same port, which no other program takes meanwhile.</summary>
public static class FreePort
{
    // Linux, Windows and macOS assign ports from 32768 or 49152 on: to outgoing connections, and to servers that listen on port 0.
    private const int First = 10_000;
    private const int End = 32_000;

    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    // Several test processes run at the same time. Each has locked the bytes of its ports in a file that they share, until it ends.
    private static readonly FileStream s_shared = new(
        Path.Combine(Path.GetTempPath(), $"checkout-test-ports-{Environment.UserName}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>Returns a port that no program listens on, that this process has not returned before, and that no other test process uses.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (s_given.TryAdd(port, true) && TryLock(port) && IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool TryLock(int port)
    {
        // Other systems lock no parts of files.
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
        {
            return true;
        }

        try
        {
            s_shared.Lock(port, 1);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
