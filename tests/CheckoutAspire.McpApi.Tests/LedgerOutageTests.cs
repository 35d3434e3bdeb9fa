using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>Stops Redis, so each class has a Redis of its own.</summary>
[Trait("loop", "long")]
public sealed class LedgerOutageTests(RedisFixture redis) : McpApiTest(redis), IClassFixture<RedisFixture>
{
    protected override bool WaitsForRedis => false;

    [Fact]
    public void A_command_waits_for_Redis_no_longer_than_two_seconds() =>
        Assert.Equal(2000, Factory.Services.GetRequiredService<IConnectionMultiplexer>().TimeoutMilliseconds);

    [Fact]
    public async Task Nothing_is_sold_while_the_ledger_is_down_and_selling_goes_on_afterwards()
    {
        await Redis.KillAsync();

        var error = await CallForErrorAsync("initiate_checkout", Mug());
        Assert.Equal("ledger_unreachable", error.GetProperty("code").GetString());
        Assert.True(error.GetProperty("retry_after").GetInt32() > 0);
        Assert.Empty(Stripe.Calls);

        var lookup = await CallForErrorAsync("get_checkout", new() { ["session_id"] = "cs_test_1" });
        Assert.Equal("ledger_unreachable", lookup.GetProperty("code").GetString());

        using var browser = new HttpClient { BaseAddress = Factory.Address };
        var page = await browser.GetStringAsync("/checkout/success?session_id=cs_test_1", Cancellation);
        Assert.Contains("""data-state="unavailable""", page, StringComparison.Ordinal);

        await Redis.RestartAsync();
        await Eventually.GetAsync(
            async () => await Client.CallToolAsync("initiate_checkout", Mug(), cancellationToken: Cancellation), result => result.IsError is not true, Cancellation);
    }
}
