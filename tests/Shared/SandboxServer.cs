extern alias Sandbox;

using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.TestKit;

/// <summary>The repository's own Stripe sandbox, on Kestrel and a free port. Compiled into each test project that references it by its alias.</summary>
public partial class SandboxServer : WebApplicationFactory<Sandbox::Program>
{
    public const string Key = "sk_test_checkout_aspire_sandbox";
    public const string WebhookSecret = "whsec_sandbox_tests";

    private readonly Dictionary<string, string> _settings;
    private readonly TimeProvider? _time;

    /// <summary>Bank debits, and refunds by asynchronous test cards, settle when the test says so.</summary>
    public SandboxServer()
        : this(new() { ["Sandbox:SettlementDelay"] = "01:00:00" })
    {
    }

    internal SandboxServer(Dictionary<string, string> settings, TimeProvider? time = null)
    {
        (_settings, _time) = (settings, time);
        // Not UseKestrel(0), which sets the port after the application may already have started ("Addresses cannot be modified").
        UseKestrel();
        StartServer();
    }

    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>The address as a Stripe client takes it.</summary>
    public string ApiBase => Address.GetLeftPart(UriPartial.Authority);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.UseSetting("Logging:LogLevel:Default", "None");
        builder.UseSetting("STRIPE_SECRET_KEY", Key);
        builder.UseSetting("STRIPE_WEBHOOK_SECRET", WebhookSecret);
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        if (_time is not null)
        {
            builder.ConfigureTestServices(services => services.AddSingleton(_time));
        }
    }
}
