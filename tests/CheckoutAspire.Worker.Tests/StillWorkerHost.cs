using System.Globalization;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A worker whose clock the test moves. It reads for messages only, and does not reconcile.</summary>
internal sealed class StillWorkerHost(string redis, TimeProvider time, int partitions = 1) : WorkerHost(
    redis, settings: [("Worker:PollInterval", "00:01:00"), ("Orders:Partitions", partitions.ToString(CultureInfo.InvariantCulture))])
{
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureServices(services =>
        {
            services.Remove(services.Single(service => service.ImplementationType == typeof(Reconciler)));
            services.AddSingleton(time);
        });
    }
}
