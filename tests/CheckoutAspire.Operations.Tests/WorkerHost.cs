extern alias Worker;

using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Operations.Tests;

/// <summary>A worker without handlers, which fulfills what operators approve and redrive. Stripe's address refuses connections.</summary>
internal sealed class WorkerHost : WebApplicationFactory<Worker::Program>
{
    private readonly string _redis;

    public WorkerHost(string redis)
    {
        _redis = redis;
        UseKestrel();
        StartServer();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder) => builder
        .UseSetting("urls", "http://127.0.0.1:0")
        .UseSetting("ConnectionStrings:redis", _redis)
        .UseSetting("STRIPE_SECRET_KEY", StripeSecretKey.Sandbox)
        .UseSetting("STRIPE_API_BASE", "http://127.0.0.1:1")
        .UseSetting("Worker:PollInterval", "00:00:00.1")
        .ConfigureLogging(logging => logging.ClearProviders())
        .ConfigureServices(services => services.WaitForSlowRedis());
}
