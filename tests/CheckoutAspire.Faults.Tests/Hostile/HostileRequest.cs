using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CheckoutAspire.Faults.Tests.Hostile;

/// <summary>The bytes of one request, which need not be HTTP.</summary>
/// <param name="Service">The service that receives it.</param>
/// <param name="Kind">What is wrong with it, for the message of a failure.</param>
/// <param name="Bytes">What is sent.</param>
/// <param name="IsWhole">Whether a response is awaited. The connection is closed at once after a part of a request.</param>
internal sealed record HostileRequest(string Service, string Kind, byte[] Bytes, bool IsWhole)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(1);

    /// <summary>How many requests are sent (<c>HOSTILE_REQUESTS</c>).</summary>
    public static int? ReadCount() => Read("HOSTILE_REQUESTS");

    /// <summary>What they are generated from (<c>HOSTILE_SEED</c>).</summary>
    public static int? ReadSeed() => Read("HOSTILE_SEED");

    /// <summary>The first bytes, for the message of a failure.</summary>
    public string Start => Encoding.Latin1.GetString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 400)));

    /// <summary>Sends it on a connection of its own.</summary>
    /// <returns>The response's status; 0 if the service closed the connection without a response, or none was awaited.</returns>
    public async Task<int> SendAsync(Uri address, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_timeout);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, deadline.Token);
            await client.GetStream().WriteAsync(Bytes, deadline.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // The service has answered before the request was over, or closed the connection.
        }

        return IsWhole ? await ReadStatusAsync(client, deadline.Token) : 0;
    }

    private static int? Read(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // The rest of the response is not read, because streams do not end.
    private static async Task<int> ReadStatusAsync(TcpClient client, CancellationToken cancellationToken)
    {
        var start = new byte["HTTP/1.1 200".Length];
        try
        {
            var length = await client.GetStream().ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
            return length == start.Length && int.TryParse(Encoding.ASCII.GetString(start)[^3..], out var status) ? status : 0;
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
        {
            return 0;
        }
    }
}
