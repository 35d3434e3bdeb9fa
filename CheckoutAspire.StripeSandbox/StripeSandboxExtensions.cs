using System.Net;
using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Control;
using CheckoutAspire.StripeSandbox.Faults;
using CheckoutAspire.StripeSandbox.HostedPage;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.StripeCli;
using CheckoutAspire.StripeSandbox.Webhooks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox;

/// <summary>Registers and maps the sandbox.</summary>
internal static class StripeSandboxExtensions
{
    private const string DefaultAddress = "http://localhost:5082";

    public static void AddStripeSandbox(this WebApplicationBuilder builder)
    {
        if (!ConfiguresAddress(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        builder.Services.AddReadOptions<SandboxOptions>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Journal>();
        builder.Services.AddSingleton<CliListeners>();
        builder.Services.AddSingleton<CliSocket>();
        builder.Services.AddSingleton<IEventDelivery, WebhookDispatch>();
        builder.Services.AddSingleton<IRetention, Retention>();
        builder.Services.AddSingleton<WebhookQueue>();
        builder.Services.AddSingleton<SandboxStore>();
        builder.Services.AddSingleton<Idempotency>();
        builder.Services.AddSingleton<ApiAuthentication>();
        builder.Services.AddSingleton<RequestRate>();
        builder.Services.AddSingleton<ApiPipeline>();
        builder.Services.AddSingleton<PayPage>();
        builder.Services.AddSingleton<FaultPlan>();
        builder.Services.AddSingleton<SessionControls>();
        builder.Services.AddSingleton<SubscriptionControls>();
        builder.Services.AddSingleton<RefundControls>();
        builder.Services.AddSingleton<DisputeControls>();
        builder.Services.AddSingleton<ControlPage>();
        builder.Services.AddHostedService<LoopbackGuard>();
        builder.Services.AddHostedService<WebhookSender>();
        builder.Services.AddHostedService<ScheduledWork>();
    }

    /// <summary>Maps the API, the hosted page and the controls.</summary>
    public static void MapStripeSandbox(this WebApplication app)
    {
        app.UseWebSockets();
        app.MapStripeApi();
        app.MapHostedPage();
        app.MapControls();
    }

    private static bool ConfiguresAddress(ConfigurationManager configuration) =>
        configuration["urls"] is not null || configuration["http_ports"] is not null || configuration["https_ports"] is not null
        || configuration.GetSection("Kestrel:Endpoints").Exists();
}

/// <summary>Stops a sandbox that other machines could reach, because its data and controls have no real authentication.</summary>
internal sealed class LoopbackGuard(IServer server, IOptions<SandboxOptions> options) : IHostedLifecycleService
{
    /// <summary>Checks the addresses that were bound, rather than the many settings that they may come from.</summary>
    /// <exception cref="InvalidOperationException">An address is not loopback.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var remote = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(address => !IsLoopback(address));
        return remote is null || options.Value.AllowRemote
            ? Task.CompletedTask
            : throw new InvalidOperationException(
                $"The Stripe sandbox refuses to listen on {remote}, which other machines can reach. Bind it to localhost, or set "
                + "SANDBOX_ALLOW_REMOTE=true to allow it.");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsLoopback(string address)
    {
        var host = BindingAddress.Parse(address).Host;
        return host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }
}
