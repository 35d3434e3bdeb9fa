using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>A Kestrel server on a free port, for the external parties: the merchant and Stripe's API.</summary>
internal sealed class LocalEndpoint : IAsyncDisposable
{
    private WebApplication? _app;

    public Uri Address => new(_app!.Urls.First());

    public async Task StartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        map(_app);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            // The canceled token stops the server at once, even if a test still blocks a request.
            using var atOnce = new CancellationTokenSource();
            await atOnce.CancelAsync();
            await _app.StopAsync(atOnce.Token);
            await _app.DisposeAsync();
        }
    }
}
