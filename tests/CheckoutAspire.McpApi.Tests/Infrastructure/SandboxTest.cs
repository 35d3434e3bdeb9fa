using System.Text.Json;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>The service with the sandbox as Stripe, and a client, new for each test.</summary>
public abstract class SandboxTest(RedisFixture redis) : IAsyncLifetime
{
    private McpApiFactory? _factory;
    private McpClient? _client;

    protected RedisServer Redis => redis.Server;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected SandboxServer Sandbox { get; } = new();

    private protected McpApiFactory Factory => _factory!;

    private protected McpClient Client => _client!;

    private protected OrderLedger Ledger => Factory.Services.GetRequiredService<OrderLedger>();

    private protected StripeClient Stripe => new(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = Sandbox.ApiBase });

    private protected SessionService Sessions => new(Stripe);

    /// <summary>Starts the service. A class whose tests start it themselves, with their own settings, overrides this.</summary>
    public virtual async ValueTask InitializeAsync() => await StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_factory?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Sandbox.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task StartAsync(Action<IWebHostBuilder>? configure = null, Dictionary<string, string>? headers = null)
    {
        _factory = new McpApiFactory(Redis.ConnectionString, Sandbox.ApiBase, configure);
        _client = await _factory.ConnectAsync(headers: headers);
    }

    private protected Task<JsonElement> CallAsync(string tool, Dictionary<string, object?> arguments, bool isError = false) =>
        CallAsync(Client, tool, arguments, isError);

    private protected static async Task<JsonElement> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments, bool isError = false)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: Cancellation);
        var content = Assert.NotNull(result.StructuredContent);
        Assert.True(isError == (result.IsError is true), content.GetRawText());
        return content;
    }

    private protected Task<Session> SessionAsync(JsonElement checkout) =>
        Sessions.GetAsync(checkout.GetProperty("session_id").GetString(), cancellationToken: Cancellation);
}
