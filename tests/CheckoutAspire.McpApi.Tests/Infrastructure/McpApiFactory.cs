using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>The real service, on Kestrel and a free port.</summary>
internal sealed class McpApiFactory : WebApplicationFactory<Program>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly string _redis;
    private readonly string _stripe;
    private readonly Action<IWebHostBuilder>? _configure;
    private readonly bool _waitsForRedis;

    /// <param name="redis">Connection string.</param>
    /// <param name="stripe">Stripe's address.</param>
    /// <param name="configure">Further configuration.</param>
    /// <param name="waitsForRedis">Whether the service waits for a Redis that a busy machine slows down, instead of two seconds only.</param>
    public McpApiFactory(string redis, string stripe, Action<IWebHostBuilder>? configure = null, bool waitsForRedis = true)
    {
        (_redis, _stripe, _configure, _waitsForRedis) = (redis, stripe, configure, waitsForRedis);
        // UseKestrel(0) would set the port while the service starts, which is sometimes too late.
        UseKestrel();
        StartServer();
    }

    /// <summary>Unique per factory, so that a sale in one test is not a repetition of a sale in another.</summary>
    public string Deployment { get; } = "tests-" + Guid.NewGuid().ToString("N");

    public Uri Address => ClientOptions.BaseAddress;

    public Task<McpClient> ConnectAsync(
        string? protocolVersion = null,
        Uri? address = null,
        string? principal = null,
        IDictionary<string, string>? headers = null,
        Action<McpClientOptions>? configure = null)
    {
        // A client that has no answer after five seconds takes the service for one of an earlier revision, whose handshake this one then refuses.
        var options = new McpClientOptions { ProtocolVersion = protocolVersion, DiscoverProbeTimeout = Timeout.InfiniteTimeSpan };
        configure?.Invoke(options);
        return McpClient.CreateAsync(
            new HttpClientTransport(new HttpClientTransportOptions
            {
                Endpoint = new Uri(address ?? Address, "/mcp"),
                TransportMode = HttpTransportMode.StreamableHttp,
                AdditionalHeaders = headers ?? (principal is null ? [] : new Dictionary<string, string> { [TestPrincipals.Header] = principal }),
            }),
            options,
            cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Applies a verified event, as the worker does.</summary>
    public async Task ApplyAsync(string sessionId, PaymentStatusChange fact, long? amount = null, TimeSpan lease = default, string currency = "usd")
    {
        var order = (await Services.GetRequiredService<OrderLedger>().FindAsync(sessionId))!;
        var proven = LedgerKit.Fact(sessionId, fact) with
        {
            AmountSubtotal = amount ?? order.AmountSubtotal,
            AmountTotal = amount ?? order.AmountTotal,
            Currency = currency,
        };
        await Services.GetRequiredService<OrderTransitions>().ApplyAsync(proven, LedgerKit.NoEntry, livemode: false, lease);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.UseSetting("STRIPE_SECRET_KEY", StripeSecretKey.Sandbox);
        builder.UseSetting("STRIPE_API_BASE", _stripe);
        builder.UseSetting("ConnectionStrings:redis", _redis);
        builder.UseSetting("APP_BASE_URL", "https://shop.example");
        builder.UseSetting("CHECKOUT_ALLOWED_ORIGINS", "https://partner.example, http://localhost:3000");
        builder.UseSetting("CHECKOUT_DEPLOYMENT", Deployment);
        builder.UseSetting("Logging:LogLevel:Default", "None");
        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton<IStartupFilter, TestPrincipals>();

            // A busy machine may delay the answers of the tests' Stripe too. Tests of its silence have a limit of their own.
            services.Configure<StripeTimeouts>(stripe => stripe.Attempt = stripe.Call = stripe.Lookup = s_patience);
            if (_waitsForRedis)
            {
                services.WaitForSlowRedis();

                // Commands that wait for the connection have the synchronous limit, which is two seconds here. The time to connect would follow it.
                services.PostConfigureAll<ConfigurationOptions>(redis => (redis.ConnectTimeout, redis.SyncTimeout) = (5000, (int)s_patience.TotalMilliseconds));
            }
        });
        _configure?.Invoke(builder);
    }
}
