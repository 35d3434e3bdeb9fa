using System.Net;
using System.Net.Sockets;

namespace CheckoutAspire.TestKit;

/// <summary>Ports that no program listens on.</summary>
public static class FreePort
{
    /// <summary>Returns a port that was free a moment ago. Another program may take it before it is used.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
