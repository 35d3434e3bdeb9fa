using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>
/// Sends the requests for <c>/mcp</c> to several instances in turn. Other requests are commands of the test. As proxies on the internet do, it can cut
/// connections on which an instance sends nothing for a while.
/// </summary>
internal sealed class RoundRobinProxy : IAsyncDisposable
{
    private const int Parts = 10;

    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private readonly Func<IReadOnlyList<Uri>> _targets;
    private readonly TimeSpan? _idleTimeout;
    private int _requests;

    private RoundRobinProxy(WebApplication app, Func<IReadOnlyList<Uri>> targets, TimeSpan? idleTimeout) =>
        (_app, _targets, _idleTimeout) = (app, targets, idleTimeout);

    public string Address => _app.Urls.Single();

    public static async Task<RoundRobinProxy> StartAsync(Func<IReadOnlyList<Uri>> targets, Func<string, Task> command, TimeSpan? idleTimeout = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new RoundRobinProxy(app, targets, idleTimeout);
        app.Run(context => context.Request.Path == "/mcp" ? proxy.ForwardAsync(context) : command(context.Request.Path));
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var targets = _targets();
        var target = targets[Interlocked.Increment(ref _requests) % targets.Count];
        using var request = new HttpRequestMessage(HttpMethod.Parse(context.Request.Method), new Uri(target, "/mcp"));
        if (context.Request.ContentLength > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is not ("Host" or "Connection" or "Transfer-Encoding")))
        {
            _ = request.Headers.TryAddWithoutValidation(name, value.AsEnumerable()) || request.Content?.Headers.TryAddWithoutValidation(name, value.AsEnumerable()) is true;
        }

        try
        {
            using var idle = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Token);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not "Transfer-Encoding"))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            await context.Response.StartAsync(context.RequestAborted);
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[256];
            while (true)
            {
                // In parts: a machine that stalls delays the instance's comments too, and must not use up the whole time.
                var reading = body.ReadAsync(buffer, idle.Token).AsTask();
                if (_idleTimeout is { } atMost)
                {
                    for (var part = 0; part < Parts && !reading.IsCompleted; part++)
                    {
                        await Task.WhenAny(reading, Task.Delay(atMost / Parts, idle.Token));
                    }

                    if (!reading.IsCompleted)
                    {
                        await idle.CancelAsync();
                    }
                }

                var length = await reading;
                if (length == 0)
                {
                    break;
                }

                await context.Response.Body.WriteAsync(buffer.AsMemory(0, length), context.RequestAborted);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // An instance or the client has gone: the connection breaks, as it does at any proxy.
            context.Abort();
        }
    }
}
