using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

public sealed class StartTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Service = "CheckoutAspire.Worker";

    [Theory]
    [InlineData("", "", "STRIPE_SECRET_KEY is missing")]
    [InlineData("pk_test_1", "", "publishable key")]
    [InlineData("sk_live_x", "http://localhost:5082", "a live key is sent to Stripe and nowhere else")]
    public async Task A_key_that_cannot_work_is_rejected_by_name(string key, string apiBase, string sentence)
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync(Service, new Dictionary<string, string> { ["STRIPE_SECRET_KEY"] = key, ["STRIPE_API_BASE"] = apiBase });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Worker__Concurrency", "0", "Worker__Concurrency must be between 1 and 10000.")]
    [InlineData("Worker__Lease", "02:00:00", "Worker__Lease must be between 00:00:00.1 and 01:00:00.")]
    [InlineData("Orders__Partitions", "0", "Orders__Partitions must be between 1 and 1024.")]
    public async Task A_setting_out_of_its_range_is_rejected_by_name(string name, string value, string sentence)
    {
        var (exitCode, error) = await ServiceEntryPoint.RunToEndAsync(
            Service, new Dictionary<string, string> { ["STRIPE_SECRET_KEY"] = "sk_test_1", ["ConnectionStrings__redis"] = "localhost:1", [name] = value });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_of_another_mode_is_refused()
    {
        await redis.Server.Database.HashSetAsync("co:ledger", "mode", "live");

        var (exitCode, error) = await ServiceProcess.RunToEndAsync(Service, new Dictionary<string, string>
        {
            ["STRIPE_SECRET_KEY"] = "sk_test_1",
            ["ConnectionStrings__redis"] = redis.Server.ConnectionString,
        }, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("STRIPE_SECRET_KEY is a test key, but this ledger holds live orders", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_of_another_account_is_refused()
    {
        await using var stripe = new StripeSide();
        await redis.Server.Database.KeyDeleteAsync("co:ledger");
        await redis.Server.Database.HashSetAsync("co:ledger", "account", "acct_another");

        var (exitCode, error) = await ServiceProcess.RunToEndAsync(Service, new Dictionary<string, string>
        {
            ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox,
            ["STRIPE_API_BASE"] = stripe.Address,
            ["ConnectionStrings__redis"] = redis.Server.ConnectionString,
        }, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("but this ledger holds orders of acct_another: give each account a Redis of its own.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
