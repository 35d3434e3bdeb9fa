using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The operators' service with an OpenID Connect provider and a Redis, which the tests of a class share.</summary>
public sealed class OidcHost : IAsyncLifetime
{
    public RedisServer Redis { get; private set; } = null!;

    public LedgerKit Ledger { get; private set; } = null!;

    public OperationsHost Operations { get; private set; } = null!;

    internal AuthorizationServer Provider { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (Redis, Provider) = (await RedisServer.StartAsync(), await AuthorizationServer.StartAsync());
        (Ledger, Operations) = (new LedgerKit(Redis.Connection), Start(Redis.ConnectionString, Provider.Issuer));
    }

    public async ValueTask DisposeAsync()
    {
        await Operations.DisposeAsync();
        await Provider.DisposeAsync();
        await Redis.DisposeAsync();
    }

    internal static OperationsHost Start(string redis, string authority) => new(
        redis,
        ("OPS_OIDC_AUTHORITY", authority),
        ("OPS_OIDC_CLIENT_ID", AuthorizationServer.ClientId),
        ("OPS_OIDC_CLIENT_SECRET", AuthorizationServer.ClientSecret));
}

/// <summary>Orders in the states that tests of access need.</summary>
internal static class HeldOrders
{
    /// <summary>An order that is held, because less was paid than was sold.</summary>
    public static async Task<string> HoldAsync(this LedgerKit ledger, long subtotal = 1)
    {
        var id = (await ledger.SellAsync()).SessionId;
        await ledger.Transitions.ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = subtotal }, LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        return id;
    }
}
