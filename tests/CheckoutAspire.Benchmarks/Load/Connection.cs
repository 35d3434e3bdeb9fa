using System.Net;
using System.Net.Sockets;

namespace CheckoutAspire.Benchmarks.Load;

/// <summary>One keep-alive connection with one request in flight. Sending and reading do not block.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _response = new byte[8 * 1024];
    private int _received;

    public Connection(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _socket.Blocking = false;
    }

    public int Descriptor => (int)_socket.Handle;

    /// <summary>The event in flight.</summary>
    public int Event { get; private set; }

    /// <summary>When its request was sent, in ticks of the stopwatch.</summary>
    public long SentAt { get; private set; }

    public void Send(int number, ReadOnlySpan<byte> request, long now)
    {
        (Event, SentAt, _received) = (number, now, 0);
        while (!request.IsEmpty)
        {
            var sent = _socket.Send(request, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock)
            {
                _socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectWrite);
            }
            else if (error is not SocketError.Success)
            {
                throw new SocketException((int)error);
            }

            request = request[Math.Max(sent, 0)..];
        }
    }

    /// <summary>Reads the bytes that have arrived. Returns the response's status once it is complete, otherwise null.</summary>
    public int? Receive()
    {
        var read = _socket.Receive(_response.AsSpan(_received), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock)
        {
            return null;
        }

        if (error is not SocketError.Success || read == 0)
        {
            throw new IOException($"The receiver closed a connection ({error}).");
        }

        _received += read;
        return ResponseReader.StatusOf(_response.AsSpan(0, _received));
    }

    public void Dispose() => _socket.Dispose();
}
