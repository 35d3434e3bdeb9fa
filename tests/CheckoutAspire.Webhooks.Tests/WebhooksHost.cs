using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Webhooks.Tests;

/// <summary>The receiver on a real Kestrel and a free port.</summary>
public sealed class WebhooksHost : WebApplicationFactory<Program>
{
    private readonly string _redis;
    private readonly string _secrets;

    private WebhooksHost(string redis, string secrets)
    {
        (_redis, _secrets) = (redis, secrets);
        UseKestrel();
        StartServer();
    }

    /// <remarks>On a thread of the pool: a start waits for Redis, which the thread that completes the sockets' operations must not.</remarks>
    public static Task<WebhooksHost> StartAsync(string redis, string secrets = StripeEvents.Secret) =>
        Task.Run(() => new WebhooksHost(redis, secrets), TestContext.Current.CancellationToken);

    public Uri Endpoint => new(ClientOptions.BaseAddress, "webhook/stripe");

    /// <summary>Every warning and error so far.</summary>
    internal LoggedWarnings Logged { get; } = [];

    public HttpClient Http { get; } = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1) });

    public async Task<HttpResponseMessage> DeliverAsync(byte[] body, string? signature = null, DateTimeOffset? at = null, Action<HttpRequestMessage>? change = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
            request.Headers.TryAddWithoutValidation(
                "Stripe-Signature", signature ?? StripeEvents.Sign(body, at ?? TimeProvider.System.GetUtcNow(), StripeEvents.Secret));
            change?.Invoke(request);
            try
            {
                return await Http.SendAsync(request, TestContext.Current.CancellationToken);
            }
            catch (HttpRequestException) when (body.Length > SignedBody.MaxBytes && attempt < 20)
            {
                // The receiver has answered before it had read the whole body, and closed the connection. The client was still sending and has not read the answer.
            }
        }
    }

    /// <summary>The value that the receiver sets in its own process before the first socket. In the test process, Redis's socket may come first.</summary>
    [ModuleInitializer]
    internal static void CompleteSocketsInline() => WebhooksExtensions.CompleteSocketsInline();

    protected override void ConfigureWebHost(IWebHostBuilder builder) => builder
        .ConfigureLogging(logging => logging.AddProvider(Logged))
        .UseSetting("urls", "http://127.0.0.1:0")
        .UseSetting("ConnectionStrings:redis", _redis)
        .UseSetting("STRIPE_WEBHOOK_SECRET", _secrets)
        .UseSetting("Logging:LogLevel:Default", "Warning")
        .UseSetting("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "None")

        // Kestrel warns when a busy machine delays its heartbeat. It reports bad requests in categories of their own.
        .UseSetting("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel", "None")
        .UseSetting("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Warning")
        .UseSetting("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Connections", "Warning")
        .ConfigureTestServices(services =>
        {
            services.WaitForSlowRedis();
            services.AddSingleton<TimeProvider, OneMoment>();
        });

    protected override void Dispose(bool disposing)
    {
        Http.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A clock on which no minute passes between the deliveries of a test, however slow the machine is. Its time of day is the real one.</summary>
    private sealed class OneMoment : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
