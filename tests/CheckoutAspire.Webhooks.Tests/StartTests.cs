using CheckoutAspire.TestKit;

namespace CheckoutAspire.Webhooks.Tests;

public sealed class StartTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Service = "CheckoutAspire.Webhooks";

    [Theory]
    [InlineData("", "STRIPE_WEBHOOK_SECRET is missing")]
    [InlineData("absec_1", "STRIPE_WEBHOOK_SECRET must be a webhook signing secret, which starts with whsec_.")]
    [InlineData("whsec_1,sk_test_1", "STRIPE_WEBHOOK_SECRET must be a webhook signing secret, which starts with whsec_.")]
    public async Task Without_a_signing_secret_the_receiver_refuses_to_start_and_prints_the_reason(string secret, string sentence)
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync(Service, new Dictionary<string, string> { ["STRIPE_WEBHOOK_SECRET"] = secret });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("sk_test_1", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_number_of_partitions_than_the_ledgers_is_refused()
    {
        await redis.Server.Database.HashSetAsync("co:ledger", "partitions", 4);

        var (exitCode, error) = await ServiceProcess.RunToEndAsync(Service, new Dictionary<string, string>
        {
            ["STRIPE_WEBHOOK_SECRET"] = StripeEvents.Secret,
            ["ConnectionStrings__redis"] = redis.Server.ConnectionString,
        }, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("set Orders__Partitions=4", error, StringComparison.Ordinal);
    }
}
