using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

public sealed class StartTests : OperationsTest
{
    [Fact]
    public async Task A_ledger_with_another_number_of_partitions_ends_the_service_with_one_sentence()
    {
        await Redis.Database.HashSetAsync("co:ledger", "partitions", 3);

        var (exitCode, output) = await ServiceProcess.RunToEndAsync("CheckoutAspire.Operations", new Dictionary<string, string>
        {
            // A slow Redis would be another line, and so would a slow heartbeat of Kestrel.
            ["ConnectionStrings__redis"] = Redis.ConnectionString + ",connectTimeout=60000,asyncTimeout=60000",
            ["Logging__LogLevel__Microsoft.AspNetCore.Server.Kestrel"] = "Error",
            ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox,
            ["STRIPE_API_BASE"] = "http://127.0.0.1:1",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Warning",
        }, Canceled);

        Assert.Equal(1, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(
            ["crit: CheckoutAspire.Orders.Partitions.LedgerIdentityCheck[1]", "Orders__Partitions is 1, but this ledger has 3: set Orders__Partitions=3, or give the service another Redis."],
            lines);
    }
}
