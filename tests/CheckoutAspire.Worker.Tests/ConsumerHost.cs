using CheckoutAspire.Worker.Reconciliation;
using Microsoft.AspNetCore.Hosting;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A worker that consumes and does not reconcile: only what a test delivers arrives.</summary>
public sealed class ConsumerHost(string redis, string stripe, params RecordingHandler[] handlers)
    : WorkerHost(redis, stripe, [("Worker:StripeRequestsPerSecond", "1000")], handlers)
{
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureServices(services =>
            services.Remove(services.Single(service => service.ImplementationType == typeof(Reconciler))));
    }
}
