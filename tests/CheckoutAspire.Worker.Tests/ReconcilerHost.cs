using CheckoutAspire.Worker.Consuming;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A worker that reconciles, on the test's clock, and does not consume, so that the events that it appends stay in the stream.</summary>
public sealed class ReconcilerHost(string redis, string stripe, TimeProvider time, params (string Name, string Value)[] settings)
    : WorkerHost(redis, stripe, [("Worker:StripeRequestsPerSecond", "1000"), ("Worker:ReconcileInterval", "00:00:01"), .. settings])
{
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureServices(services =>
        {
            services.Remove(services.Single(service => service.ImplementationType == typeof(EventConsumer)));
            services.AddSingleton(time);
        });
    }
}
