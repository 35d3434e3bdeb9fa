using System.Net;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;

namespace CheckoutAspire.McpApi.Tests.Access;

public sealed class LiveKeyTests
{
    [Fact]
    public async Task With_credentials_configured_a_live_key_is_accepted()
    {
        // A ledger has one mode, so the live mode needs a Redis of its own.
        await using var redis = await RedisServer.StartAsync();
        await using var factory = new McpApiFactory(redis.ConnectionString, "", builder =>
        {
            builder.UseEnvironment("Production");
            builder.UseSetting("STRIPE_SECRET_KEY", "rk_live_" + Guid.NewGuid().ToString("N"));
            builder.UseSetting("CHECKOUT_ALLOWED_ORIGINS", "https://partner.example");
            builder.UseSetting("CHECKOUT_API_KEYS", $"agent:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("key")))}");
        });
        using var raw = new RawMcp(factory.Address);

        // The arguments are invalid, so the real Stripe is not called.
        using var known = await raw.CallAsync("initiate_checkout", McpApiTest.Mug(("price_cents", 0)), "key");
        using var unknown = await raw.CallAsync("initiate_checkout", McpApiTest.Mug(("price_cents", 0)));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (known.StatusCode, unknown.StatusCode));
    }
}
