using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

public sealed class StripeTimeoutTests(RedisFixture redis) : McpApiTest(redis)
{
    [Fact]
    public async Task A_timeout_at_Stripe_is_reported_as_unreachable()
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Stripe.Next(context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        }

        var error = await CallForErrorAsync("initiate_checkout", Mug());

        Assert.Equal("stripe_unreachable", error.GetProperty("code").GetString());
        Assert.True(error.GetProperty("retry_after").GetInt32() > 0);
    }

    protected override void Configure(IWebHostBuilder builder) => builder.ConfigureServices(services =>
        services.Configure<StripeTimeouts>(timeouts => timeouts.Attempt = TimeSpan.FromMilliseconds(300)));
}
