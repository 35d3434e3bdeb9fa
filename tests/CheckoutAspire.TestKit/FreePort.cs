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

    /// <summary>Returns a port that no program listens on, and that this process has not returned before.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (s_given.TryAdd(port, true) && IsFree(port))
            {
                return port;
            }
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
