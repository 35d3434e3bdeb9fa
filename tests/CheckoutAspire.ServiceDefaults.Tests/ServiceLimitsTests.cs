using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.ServiceDefaults.Tests;

/// <summary>An unauthenticated client can hold few resources, and only briefly.</summary>
public sealed class ServiceLimitsTests : IAsyncLifetime
{
    private const string Head = "POST / HTTP/1.1\r\nHost: localhost\r\n";

    private readonly WebApplication _app;

    public ServiceLimitsTests()
    {
        var builder = WebApplication.CreateBuilder([
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None", "--Kestrel:Limits:RequestHeadersTimeout=00:00:01",
            "--Kestrel:Limits:MaxConcurrentConnections=3",
        ]);
        builder.AddServiceDefaults();
        _app = builder.Build();
        _app.MapDefaultEndpoints();
        _app.MapPost("/", async (HttpRequest request) => Results.Ok((await new StreamReader(request.Body).ReadToEndAsync()).Length));
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_request_whose_headers_are_not_complete_is_closed()
    {
        using var client = await SendAsync(Head);

        Assert.StartsWith("HTTP/1.1 408", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_sent()
    {
        using var client = await SendAsync(Head + "Content-Length: 1048577\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        var clients = new List<TcpClient>();
        for (var count = 0; count < 6; count++)
        {
            clients.Add(await SendAsync(Head));
        }

        var answers = await Task.WhenAll(clients.Select(ReadAsync));

        Assert.Equal(3, answers.Count(answer => answer.Length == 0));
        clients.ForEach(client => client.Dispose());
    }

    private async Task<TcpClient> SendAsync(string text)
    {
        var client = new TcpClient();
        var address = new Uri(_app.Urls.Single());
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        try
        {
            var buffer = new byte[256];
            var count = await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken);
            return Encoding.ASCII.GetString(buffer, 0, count);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
