using CheckoutAspire.Orders;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The worker with its real host, on a free port.</summary>
public sealed class WorkerHost : WebApplicationFactory<Program>
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
        .UseSetting("STRIPE_API_BASE", "http://localhost:1")
        .UseSetting("Logging:LogLevel:Default", "Warning");
}
