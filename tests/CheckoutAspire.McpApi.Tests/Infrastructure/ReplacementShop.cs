using CheckoutAspire.TestKit;
using ModelContextProtocol.Client;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>The classes whose tests share one <see cref="ReplacementShop"/>.</summary>
[CollectionDefinition(nameof(ReplacementShop))]
public sealed class ReplacementShopCollection : ICollectionFixture<ReplacementShop>;

/// <summary>The service, the sandbox as Stripe, a catalog with counted mugs, and a client, for all tests of checkouts that replace others.</summary>
public sealed class ReplacementShop(RedisFixture redis) : IAsyncLifetime
{
    private readonly string _catalog = Path.GetTempFileName();

    internal SandboxServer Sandbox { get; private set; } = null!;

    internal McpApiFactory Factory { get; private set; } = null!;

    internal McpClient Client { get; private set; } = null!;

    internal HttpClient Buyer { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true });

    internal string Mug { get; } = "mug-" + Guid.NewGuid().ToString("N");

    /// <summary>A product of which ten units are left. One test sells it.</summary>
    internal string Counted { get; } = "counted-" + Guid.NewGuid().ToString("N");

    internal IDatabase Database => redis.Server.Connection.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_catalog, $$"""
            {"products":[
              {"id":"{{Mug}}","name":"Red mug","price_cents":4999,"currency":"eur"},
              {"id":"{{Counted}}","name":"Blue mug","price_cents":4999,"currency":"eur","stock":10}]}
            """);
        Sandbox = new SandboxServer();
        Factory = new McpApiFactory(redis.Server.ConnectionString, Sandbox.ApiBase, builder => builder.UseSetting("CHECKOUT_CATALOG", _catalog));
        Client = await Factory.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Buyer.Dispose();
        await Client.DisposeAsync();
        await Factory.DisposeAsync();
        await Sandbox.DisposeAsync();
        File.Delete(_catalog);
    }
}
