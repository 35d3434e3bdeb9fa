using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The worker with its real host, on a free port.</summary>
public class WorkerHost : WebApplicationFactory<Program>
{
    private const string NoStripe = "http://127.0.0.1:1";

    private readonly string _redis;
    private readonly string _stripe;
    private readonly (string Name, string Value)[] _settings;
    private readonly RecordingHandler[] _handlers;

    /// <param name="redis">Connection string.</param>
    /// <param name="stripe">
    /// Stripe's address. By default connections to it are refused. Reconciliation and the witnesses then fail in the background, at any time, and their warnings
    /// are left out.
    /// </param>
    /// <param name="settings">Further configuration.</param>
    /// <param name="handlers">The merchant's handlers.</param>
    public WorkerHost(
        string redis, string stripe = NoStripe, (string Name, string Value)[]? settings = null, params RecordingHandler[] handlers)
    {
        (_redis, _stripe, _settings, _handlers) = (redis, stripe, settings ?? [], handlers);
        UseKestrel();
        StartServer();
    }

    /// <summary>The lines that the worker's own code logged as a warning or worse.</summary>
    internal LoggedWarnings Warnings { get; } = [];

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("urls", "http://127.0.0.1:0")
            .UseSetting("ConnectionStrings:redis", _redis)
            .UseSetting("STRIPE_SECRET_KEY", StripeSecretKey.Sandbox)
            .UseSetting("STRIPE_API_BASE", _stripe)
            .UseSetting("Worker:RetryDelay", "00:00:00.05")
            .UseSetting("Worker:ProbeDelay", "00:00:00.1")
            .UseSetting("Worker:PollInterval", "00:00:00.1")
            .UseSetting("Worker:StopGrace", "00:00:00.2")
            .UseSetting("Logging:LogLevel:Default", "None")
            .UseSetting("Logging:LogLevel:CheckoutAspire", "Warning")
            .UseSetting("Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "Critical")
            .UseSetting("Logging:LogLevel:CheckoutAspire.Worker.Reconciliation", _stripe == NoStripe ? "None" : "Warning")
            .ConfigureLogging(logging => logging.ClearProviders().AddProvider(Warnings));

        // Retries that are delayed ever longer would come too late on a slow machine.
        if (!_settings.Any(setting => setting.Name == "Worker:RetryDelay"))
        {
            builder.UseSetting("Worker:MaxRetryDelay", "00:00:01");
        }

        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureServices(services =>
        {
            // Unless the test sets a limit of its own.
            if (!_redis.Contains("asyncTimeout", StringComparison.Ordinal))
            {
                services.WaitForSlowRedis();
            }

            foreach (var handler in _handlers)
            {
                services.AddFulfillmentHandler(handler.Name, _ => handler);
            }
        });
    }

    protected override void Dispose(bool disposing)
    {
        // They are printed if the test fails.
        if (disposing && !Warnings.IsEmpty)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Warnings.Take(100)));
        }

        base.Dispose(disposing);
    }
}
