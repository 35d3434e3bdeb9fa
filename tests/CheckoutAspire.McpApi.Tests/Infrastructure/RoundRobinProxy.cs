using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Sends the requests for <c>/mcp</c> to several instances in turn. Other requests are commands of the test.</summary>
internal sealed class RoundRobinProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private readonly Func<IReadOnlyList<Uri>> _targets;
    private int _requests;

    private RoundRobinProxy(WebApplication app, Func<IReadOnlyList<Uri>> targets) => (_app, _targets) = (app, targets);

    public string Address => _app.Urls.Single();

    public static async Task<RoundRobinProxy> StartAsync(Func<IReadOnlyList<Uri>> targets, Func<string, Task> command)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new RoundRobinProxy(app, targets);
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
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not "Transfer-Encoding"))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            await context.Response.StartAsync(context.RequestAborted);
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            await body.CopyToAsync(context.Response.Body, bufferSize: 256, context.RequestAborted);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // An instance or the client has gone: the connection breaks, as it does at any proxy.
            context.Abort();
        }
    }
}
