using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

[assembly: AssemblyFixture(typeof(Shop))]
[assembly: AssemblyFixture(typeof(Browser))]

// All tests share one shop, and some count what is at Stripe: only one test may sell at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>The application of all tests. <c>AppHost.cs</c> runs in the test process, and what its resources log goes to <c>artifacts/logs</c>.</summary>
public sealed class Shop : RunningApplication
{
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromMinutes(5);

    private DistributedApplication? _application;
    private Uri? _dashboard;

    protected override Uri DashboardAddress => _dashboard!;

    public override async ValueTask InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.CheckoutAspire_AppHost>(
            new DistributedApplicationTestingBuilderOptions { EnableDashboard = true },
            [.. Unset(), .. Configuration.Select(setting => $"{setting.Key}={setting.Value}")],
            Cancellation);
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(new LogFile("end-to-end.log")));

        // A bank debit settles when the test says so. An event that the receiver could not store on a slow machine comes again at once.
        builder.CreateResourceBuilder<ProjectResource>("stripe-sandbox")
            .WithEnvironment("Sandbox__SettlementDelay", "01:00:00")
            .WithEnvironment("Sandbox__RetryDelays", SandboxRetryDelays);

        // No span is lost while the dashboard is slow.
        foreach (var service in new[] { "stripe-sandbox", "mcpapi", "webhooks", "worker", "operations" })
        {
            builder.CreateResourceBuilder<ProjectResource>(service).WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "60000");
        }

        _application = await builder.BuildAsync(Cancellation);
        await _application.StartAsync(Cancellation);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(s_startDeadline);
        await Task.WhenAll(new[] { "redis", "stripe-sandbox", "mcpapi", "webhooks", "worker", "operations" }.Select(resource =>
            _application.ResourceNotifications.WaitForResourceHealthyAsync(resource, WaitBehavior.StopOnResourceUnavailable, deadline.Token)));
        _dashboard = await _application.GetDashboardUrlAsync(deadline.Token);
        await ConnectLedgerAsync((await _application.GetConnectionStringAsync("redis", deadline.Token))!);
    }

    protected override Uri EndpointOf(string resource) => _application!.GetEndpoint(resource, "http");

    protected override async Task StopAsync()
    {
        await base.StopAsync();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    /// <summary>Blanks every setting, so that nothing that the developer's shell has exported reaches the application: a Stripe key above all.</summary>
    private static IEnumerable<string> Unset()
    {
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "CheckoutAspire.AppHost", "settings.json")));
        return [.. settings.RootElement.EnumerateArray()
            .Select(setting => $"{setting.GetProperty("variable").GetString()!.Replace("__", ":", StringComparison.Ordinal)}=")];
    }
}
