using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.McpApi.Ucp;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>A platform, the service and the Stripe sandbox, new for each test. The catalog is a file.</summary>
public abstract class UcpTest(RedisFixture redis) : IAsyncLifetime
{
    private const string Catalog =
        """
        { "products": [
          { "id": "mug-red", "name": "Red mug", "price_cents": 4999, "currency": "usd", "max_quantity": 10, "image_url": "https://shop.example/mug.png" },
          { "id": "tea", "name": "Tea", "price_cents": 700, "currency": "usd" },
          { "id": "mug-euro", "name": "Euro mug", "price_cents": 4500, "currency": "eur" },
          { "id": "pin", "name": "Pin", "price_cents": 10, "currency": "usd" },
          { "id": "gold", "name": "Gold", "price_cents": 99999999, "currency": "usd" },
          { "id": "tea-monthly", "name": "Tea, monthly", "price_cents": 700, "currency": "usd", "recurring": { "interval": "month" } }
        ] }
        """;

    private readonly string _catalog = Path.GetTempFileName();
    private SandboxServer? _sandbox;
    private McpApiFactory? _factory;
    private McpClient? _client;

    internal SandboxServer Sandbox => _sandbox!;

    protected RedisServer Redis => redis.Server;

    internal McpApiFactory Factory => _factory!;

    internal McpClient Client => _client!;

    internal StripeClient Stripe => new(new StripeClientOptions { ApiKey = StripeSecretKey.Sandbox, ApiBase = Sandbox.ApiBase });

    protected virtual string StripeAddress => Sandbox.ApiBase;

    /// <summary>Whether the service waits for a Redis that a busy machine slows down, instead of two seconds only.</summary>
    protected virtual bool WaitsForRedis => true;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await WriteCatalogAsync(Catalog);
        _sandbox = new SandboxServer();
        _factory = new McpApiFactory(Redis.ConnectionString, StripeAddress, builder =>
        {
            builder.UseSetting("CHECKOUT_UCP", "true");
            builder.UseSetting("CHECKOUT_CATALOG", _catalog);
            Configure(builder);
        }, WaitsForRedis);
        _client = await ConnectAsync("/ucp/mcp");
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _client!.DisposeAsync();
        await _factory!.DisposeAsync();
        await _sandbox!.DisposeAsync();
        System.IO.File.Delete(_catalog);
        GC.SuppressFinalize(this);
    }

    protected virtual void Configure(IWebHostBuilder builder)
    {
    }

    private protected virtual void Observe(string tool, JsonObject arguments, JsonElement structured)
    {
    }

    internal Task WriteCatalogAsync(string catalog) => System.IO.File.WriteAllTextAsync(_catalog, catalog, Cancellation);

    internal Task<McpClient> ConnectAsync(string path, string? protocolVersion = null) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(Factory.Address, path),
            TransportMode = HttpTransportMode.StreamableHttp,
        }),
        new McpClientOptions { ProtocolVersion = protocolVersion, DiscoverProbeTimeout = Timeout.InfiniteTimeSpan },
        cancellationToken: Cancellation);

    internal static string NewKey() => Guid.NewGuid().ToString();

    internal static JsonObject Meta(string? key = null)
    {
        var meta = new JsonObject { ["ucp-agent"] = new JsonObject { ["profile"] = "https://platform.example/.well-known/ucp" } };
        if (key is not null)
        {
            meta["idempotency-key"] = key;
        }

        return meta;
    }

    internal static JsonObject Lines(params (string Item, long Quantity)[] lines) => new()
    {
        ["line_items"] = new JsonArray([.. lines.Select(line => new JsonObject
        {
            ["item"] = new JsonObject { ["id"] = line.Item },
            ["quantity"] = line.Quantity,
        })]),
    };

    /// <summary>Calls a tool, and checks that its text has the same JSON and that the response follows the protocol's rules.</summary>
    internal async Task<JsonElement> CallAsync(string tool, JsonObject arguments)
    {
        var result = await Client.CallToolAsync(
            tool, arguments.ToDictionary(entry => entry.Key, entry => (object?)entry.Value?.DeepClone()), cancellationToken: Cancellation);
        var structured = Assert.NotNull(result.StructuredContent);
        using var text = JsonDocument.Parse(Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text);
        Assert.True(JsonElement.DeepEquals(structured, text.RootElement));
        UcpAnswers.AssertValid(tool, structured);
        Observe(tool, arguments, structured);
        return structured;
    }

    internal async Task<McpProtocolException> RefusedAsync(string tool, JsonObject arguments) =>
        await Assert.ThrowsAsync<McpProtocolException>(() => CallAsync(tool, arguments));

    internal Task<JsonElement> CreateAsync(params (string Item, long Quantity)[] lines) =>
        CallAsync("create_checkout", new JsonObject { ["meta"] = Meta(), ["checkout"] = Lines(lines) });

    internal Task<JsonElement> GetAsync(string id) => CallAsync("get_checkout", new JsonObject { ["meta"] = Meta(), ["id"] = id });

    internal Task<JsonElement> UpdateAsync(string id, params (string Item, long Quantity)[] lines) =>
        CallAsync("update_checkout", new JsonObject { ["meta"] = Meta(), ["id"] = id, ["checkout"] = Lines(lines) });

    internal Task<JsonElement> CompleteAsync(string id, string? key = null) =>
        CallAsync("complete_checkout", new JsonObject { ["meta"] = Meta(key ?? NewKey()), ["id"] = id, ["checkout"] = new JsonObject() });

    internal Task<JsonElement> CancelAsync(string id, string? key = null) =>
        CallAsync("cancel_checkout", new JsonObject { ["meta"] = Meta(key ?? NewKey()), ["id"] = id });

    internal Task<JsonElement> OrderAsync(string id) => CallAsync("get_order", new JsonObject { ["meta"] = Meta(), ["id"] = id });

    /// <summary>The only session at Stripe.</summary>
    internal async Task<Session> SessionAsync() => Assert.Single(await SessionsAsync());

    internal async Task<IReadOnlyList<Session>> SessionsAsync() =>
        (await new SessionService(Stripe).ListAsync(cancellationToken: Cancellation)).Data;

    /// <summary>Submits the hosted page's form, as the buyer's browser does.</summary>
    internal static async Task PayAsync(string continueUrl)
    {
        using var browser = new HttpClient();
        using var response = await browser.PostAsJsonAsync(
            new Uri(continueUrl),
            new
            {
                method = "card",
                email = "buyer@example.com",
                cardNumber = "4242424242424242",
                cardExpiry = "12 / 34",
                cardCvc = "123",
                billingName = "Ada Buyer",
                billingCountry = "US",
                billingPostalCode = "10001",
            },
            Cancellation);
        var answer = (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
        Assert.Equal("redirect", (string?)answer["result"]);
    }

    internal static string Id(JsonElement answer) => answer.GetProperty("id").GetString()!;

    internal static string Status(JsonElement checkout) => checkout.GetProperty("status").GetString()!;

    internal static long Total(JsonElement resource, string type = "total") =>
        resource.GetProperty("totals").EnumerateArray().Single(total => total.GetProperty("type").ValueEquals(type)).GetProperty("amount").GetInt64();

    /// <summary>The messages as <c>type/code/severity path</c>.</summary>
    internal static IEnumerable<string> Messages(JsonElement answer) => answer.TryGetProperty("messages", out var messages)
        ? messages.EnumerateArray().Select(message =>
            $"{Text(message, "type")}/{Text(message, "code")}/{Text(message, "severity")} {Text(message, "path")}".TrimEnd())
        : [];

    private static string Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? value.GetString()! : "";

    internal T Service<T>()
        where T : notnull => Factory.Services.GetRequiredService<T>();

    /// <summary>Puts a draft into a state that otherwise only a crash or the passing of time leads to.</summary>
    internal async Task StoreAsync(string id, Func<CheckoutDraft, CheckoutDraft> change)
    {
        var drafts = Service<CheckoutDrafts>();
        var read = (await drafts.FindAsync(Caller.Anonymous, id))!;
        Assert.True(await drafts.TryReplaceAsync(Caller.Anonymous, read, change(read.Draft)));
    }
}
