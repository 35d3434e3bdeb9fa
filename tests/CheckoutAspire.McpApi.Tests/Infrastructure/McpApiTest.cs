using System.Text.Json;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

[assembly: AssemblyFixture(typeof(RedisFixture))]
[assembly: AssemblyFixture(typeof(Browser))]

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>The service, a Stripe stub and a client, new for each test.</summary>
public abstract class McpApiTest(RedisFixture redis) : IAsyncLifetime
{
    private StripeStub? _stripe;
    private McpApiFactory? _factory;
    private McpClient? _client;

    internal StripeStub Stripe => _stripe!;

    internal McpApiFactory Factory => _factory!;

    internal McpClient Client => _client!;

    internal OrderLedger Ledger => Factory.Services.GetRequiredService<OrderLedger>();

    protected RedisServer Redis => redis.Server;

    protected virtual string RedisConnection => Redis.ConnectionString;

    /// <summary>Whether the service waits for a Redis that a busy machine slows down, instead of two seconds only.</summary>
    protected virtual bool WaitsForRedis => true;

    /// <summary>The client's revision; null for the newest.</summary>
    protected virtual string? Revision => null;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        _stripe = await StripeStub.StartAsync();
        _factory = new McpApiFactory(RedisConnection, _stripe.Address, Configure, WaitsForRedis);
        _client = await _factory.ConnectAsync(Revision);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _client!.DisposeAsync();
        await _factory!.DisposeAsync();
        await _stripe!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual void Configure(IWebHostBuilder builder)
    {
    }

    internal async Task<JsonElement> CallAsync(string tool, Dictionary<string, object?> arguments, McpClient? client = null)
    {
        var result = await (client ?? Client).CallToolAsync(tool, arguments, cancellationToken: Cancellation);
        Assert.False(result.IsError is true, Text(result));
        return Structured(result);
    }

    internal async Task<JsonElement> CallForErrorAsync(string tool, Dictionary<string, object?> arguments, McpClient? client = null)
    {
        var result = await (client ?? Client).CallToolAsync(tool, arguments, cancellationToken: Cancellation);
        Assert.True(result.IsError is true, Text(result));
        var error = Structured(result);
        Assert.NotEmpty(error.GetProperty("error").GetString()!);
        Assert.NotEmpty(error.GetProperty("severity").GetString()!);
        return error;
    }

    /// <summary>Sells with a key of its own, unless one is given, so that no earlier sale is replayed.</summary>
    internal Task<JsonElement> SellAsync(params (string Name, object? Value)[] more)
    {
        var arguments = Mug(more);
        arguments.TryAdd("idempotency_key", Guid.NewGuid().ToString());
        return CallAsync("initiate_checkout", arguments);
    }

    /// <summary>The arguments of a valid sale with changes; null removes an argument.</summary>
    internal static Dictionary<string, object?> Mug(params (string Name, object? Value)[] changes)
    {
        var arguments = new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999 };
        foreach (var (name, value) in changes)
        {
            arguments[name] = value;
            if (value is null)
            {
                arguments.Remove(name);
            }
        }

        return arguments;
    }

    // Every result has the same JSON as text, for clients that do not read structured content.
    private static JsonElement Structured(CallToolResult result)
    {
        var structured = Assert.NotNull(result.StructuredContent);
        using var text = JsonDocument.Parse(Text(result));
        Assert.True(JsonElement.DeepEquals(structured, text.RootElement));
        return structured;
    }

    private static string Text(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
}
