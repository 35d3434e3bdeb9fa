using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The operators' service with its real host, on a free port.</summary>
public sealed class OperationsHost : WebApplicationFactory<Program>
{
    public const string Token = "ops_0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly string _redis;
    private readonly (string Name, string Value)[] _settings;

    public OperationsHost(string redis, params (string Name, string Value)[] settings)
    {
        (_redis, _settings) = (redis, settings);
        UseKestrel();
        StartServer();
    }

    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>The lines that the service's own code logged as a warning or worse.</summary>
    internal LoggedWarnings Warnings { get; } = [];

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("urls", "http://127.0.0.1:0")
            .UseSetting("ConnectionStrings:redis", _redis)
            .UseSetting("STRIPE_SECRET_KEY", StripeSecretKey.Sandbox)
            .UseSetting("STRIPE_API_BASE", "http://127.0.0.1:1")
            .UseSetting("OPS_TOKEN", Token)
            .UseSetting("Logging:LogLevel:Default", "None")
            .UseSetting("Logging:LogLevel:CheckoutAspire", "Warning")
            .ConfigureLogging(logging => logging.ClearProviders().AddProvider(Warnings))
            .ConfigureServices(services =>
            {
                // A busy machine slows down Redis, and the OpenID Connect provider of the tests.
                services.WaitForSlowRedis();
                services.ConfigureAll<JwtBearerOptions>(options => options.BackchannelTimeout = s_patience);
                services.ConfigureAll<OpenIdConnectOptions>(options => options.BackchannelTimeout = s_patience);
            });
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }
    }
}
