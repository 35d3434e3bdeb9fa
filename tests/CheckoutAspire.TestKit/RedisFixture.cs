using Xunit;

namespace CheckoutAspire.TestKit;

/// <summary>One Redis for the tests that share the fixture. Each test uses sessions of its own.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
