using System.Net.Sockets;
using System.Text;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.ServiceDefaults.Tests;

/// <summary>An unauthenticated client can hold few resources, and only briefly.</summary>
public sealed class ServiceLimitsTests : IAsyncDisposable
{
    private const string Head = "POST / HTTP/1.1\r\nHost: localhost\r\n";

    private WebApplication? _app;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_request_whose_headers_are_not_complete_is_closed()
    {
        await StartAsync("--Kestrel:Limits:RequestHeadersTimeout=00:00:01");
        using var client = await SendAsync(Head);

        Assert.StartsWith("HTTP/1.1 408", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_sent()
    {
        await StartAsync();
        using var client = await SendAsync(Head + "Content-Length: 1048577\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        // The requests are not complete, and their connections stay open.
        await StartAsync("--Kestrel:Limits:MaxConcurrentConnections=3", "--Kestrel:Limits:RequestHeadersTimeout=00:10:00");
        var clients = new List<TcpClient>();
        for (var count = 0; count < 6; count++)
        {
            clients.Add(await SendAsync(Head));
        }

        var answers = clients.Select(ReadAsync).ToArray();
        await Eventually.GetAsync(() => Task.FromResult(answers.Count(answer => answer.IsCompleted)), count => count == 3, TestContext.Current.CancellationToken);

        Assert.All(await Task.WhenAll(answers.Where(answer => answer.IsCompleted)), Assert.Empty);
        clients.ForEach(client => client.Dispose());
    }

    private async Task StartAsync(params string[] limits)
    {
        var builder = WebApplication.CreateBuilder(["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None", .. limits]);
        builder.AddServiceDefaults();
        _app = builder.Build();
        _app.MapDefaultEndpoints();
        _app.MapPost("/", async (HttpRequest request) => Results.Ok((await new StreamReader(request.Body).ReadToEndAsync()).Length));
        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    private async Task<TcpClient> SendAsync(string text)
    {
        var client = new TcpClient();
        var address = new Uri(_app!.Urls.Single());
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // The service has closed the connection already.
        }

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
