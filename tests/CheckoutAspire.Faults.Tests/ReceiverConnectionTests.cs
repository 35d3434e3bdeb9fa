using System.Net;
using System.Net.Sockets;
using System.Text;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

/// <summary>Deliveries are answered despite slow, idle or numerous connections and despite a Redis that hangs.</summary>
public sealed class ReceiverConnectionTests : FaultTest
{
    [Fact]
    public async Task Ten_thousand_idle_connections_do_not_delay_a_delivery()
    {
        var receiver = await StartReceiverAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await At.SellAsync();
        var idle = new List<Socket>();
        try
        {
            for (var i = 0; i < 10_000; i++)
            {
                idle.Add(await ConnectAsync(receiver));
            }

            await stripe.DeliverAsync(StripeEvents.Checkout(sold), Cancellation);

            // The receiver may answer 503 while Redis is slow, but it answers at once.
            Assert.Equal(0, stripe.Unanswered);
            Assert.NotEqual(0, await StoredAsync());
            Assert.All(idle, socket => Assert.False(socket.Poll(0, SelectMode.SelectRead)));
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_body_that_never_arrives_times_out_and_does_not_affect_other_deliveries()
    {
        var receiver = await StartReceiverAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        using var slow = await ConnectAsync(receiver);
        await slow.SendAsync(Encoding.ASCII.GetBytes("POST /webhook/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000\r\n\r\n{\"id\":"), Cancellation);

        await stripe.DeliverAsync(StripeEvents.Checkout(await At.SellAsync()), Cancellation);

        Assert.Equal(0, stripe.Unanswered);
        Assert.StartsWith("HTTP/1.1 408", await ReadAsync(slow), StringComparison.Ordinal);
        Assert.NotEqual(0, await StoredAsync());
    }

    [Fact]
    public async Task While_Redis_hangs_the_receiver_returns_503_and_the_retry_is_stored()
    {
        var receiver = await StartReceiverAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var body = StripeEvents.Checkout(await At.SellAsync());

        await At.Database.ExecuteAsync("CLIENT", "PAUSE", "60000", "WRITE");
        Assert.Equal(503, await stripe.TryDeliverAsync(body, Cancellation));
        await At.Database.ExecuteAsync("CLIENT", "UNPAUSE");

        await stripe.DeliverAsync(body, Cancellation);
        Assert.NotEqual(0, await StoredAsync());
    }

    private Task<long> StoredAsync() => At.Database.StreamLengthAsync(At.Partition.Events);

    private static async Task<Socket> ConnectAsync(ServiceUnderFault receiver)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, receiver.Address.Port, Cancellation);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        var buffer = new byte[1024];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Cancellation));
    }
}
