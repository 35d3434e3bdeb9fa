using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CheckoutAspire.Benchmarks.Mcp;

/// <summary>A proxy between the MCP API and the sandbox, which counts the calls and measures the last one.</summary>
internal sealed class StripeProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _sandbox;
    private long _lastCall;
    private int _calls;

    private StripeProxy(WebApplication app, HttpClient sandbox) => (_app, _sandbox) = (app, sandbox);

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The number of calls.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>From the arrival of the last call to its answer's last byte.</summary>
    public TimeSpan LastCall => new(Volatile.Read(ref _lastCall));

    public static async Task<StripeProxy> StartAsync(Uri sandbox)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new StripeProxy(app, new HttpClient { BaseAddress = sandbox });
        app.Run(proxy.ForwardAsync);
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _sandbox.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var begun = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _calls);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), context.Request.Path + context.Request.QueryString);
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is not ("Host" or "Content-Length" or "Connection")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, (string?)value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, (string?)value);
            }
        }

        using var answer = await _sandbox.SendAsync(request, context.RequestAborted);
        var bytes = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        await context.Response.CompleteAsync();
        Volatile.Write(ref _lastCall, Stopwatch.GetElapsedTime(begun).Ticks);
    }
}
