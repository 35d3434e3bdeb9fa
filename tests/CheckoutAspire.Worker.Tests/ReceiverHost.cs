extern alias Receiver;

using System.Net;
using System.Net.Http.Headers;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The receiver with its real host, on a free port.</summary>
public sealed class ReceiverHost : WebApplicationFactory<Receiver::Program>
{
    private readonly string _redis;
    private readonly HttpClient _http = new();

    private ReceiverHost(string redis)
    {
        _redis = redis;
        UseKestrel();
        StartServer();
    }

    /// <summary>Starts the receiver and waits until it takes events.</summary>
    public static async Task<ReceiverHost> StartAsync(string redis, CancellationToken cancellationToken)
    {
        var host = await Task.Run(() => new ReceiverHost(redis), cancellationToken);
        await Eventually.GetAsync(
            () => host._http.GetAsync(new Uri(host.ClientOptions.BaseAddress, "health"), cancellationToken),
            response => response.IsSuccessStatusCode,
            cancellationToken);
        return host;
    }

    /// <summary>Delivers an event with the signature that Stripe would send.</summary>
    public async Task<HttpStatusCode> DeliverAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(ClientOptions.BaseAddress, "webhook/stripe"))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.Add("Stripe-Signature", StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), StripeEvents.Secret));
        using var response = await _http.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder) => builder
        .UseSetting("urls", "http://127.0.0.1:0")
        .UseSetting("ConnectionStrings:redis", _redis)
        .UseSetting("STRIPE_WEBHOOK_SECRET", StripeEvents.Secret)
        .UseSetting("Logging:LogLevel:Default", "None")
        .ConfigureServices(services => services.WaitForSlowRedis());

    protected override void Dispose(bool disposing)
    {
        _http.Dispose();
        base.Dispose(disposing);
    }
}
