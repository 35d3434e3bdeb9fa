using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker;

/// <summary>The worker as an application, for hosts of the merchant's own that add fulfillment handlers.</summary>
/// <example>
/// <code>
/// var builder = WorkerApplication.CreateBuilder(args);
/// builder.Services.AddFulfillmentHandler&lt;LicenseKeys&gt;("license_keys");
/// return await builder.RunWorkerAsync();
/// </code>
/// </example>
public static class WorkerApplication
{
    private const string Welcome =
        """
        This is the worker of CheckoutAspire. It applies Stripe's events to the ledger and fulfills paid orders.

        /health    the state of this service and what it depends on
        /alive     whether this service runs

        Operators see and repair orders in the service CheckoutAspire.Operations: docs/fulfillment.md of the CheckoutAspire repository.

        """;

    /// <summary>Creates the builder with everything that the worker needs. The merchant webhook, if it is configured, is the first handler.</summary>
    /// <param name="args">The command line, for configuration.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddWorker();
        return builder;
    }

    /// <summary>Builds the application with its endpoints, and runs it until shutdown.</summary>
    /// <returns>The process's exit code: 1 if the configuration was rejected.</returns>
    public static Task<int> RunWorkerAsync(this WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapWelcome(Welcome);
        return app.RunServiceAsync();
    }
}
