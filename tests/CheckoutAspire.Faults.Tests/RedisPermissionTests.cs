using CheckoutAspire.Faults.Tests.Hostile;
using CheckoutAspire.Faults.Tests.Infrastructure;

namespace CheckoutAspire.Faults.Tests;

/// <summary>A permission that Redis denies is named in the log and in the health of each service, and the service goes on when it is granted.</summary>
public sealed class RedisPermissionTests : FaultTest
{
    [Theory]
    [InlineData(HostileRequests.McpApi)]
    [InlineData(Installation.Receiver)]
    [InlineData(Installation.Worker)]
    [InlineData(Installation.Operations)]
    public async Task Each_service_names_its_user_and_the_command_that_Redis_denies(string name)
    {
        const string Sentence = "Redis denies the user service the command HGET: allow it in the ACL of that user.";
        await AllowAsync("on", ">pw", "~*", "&*", "+@all", "-hget");
        var service = await At.StartAsync(
            name, ("ConnectionStrings__redis", $"{At.Redis.ConnectionString},user=service,password=pw"), ("ASPNETCORE_ENVIRONMENT", "Development"));

        await AwaitHealthAsync(service, health => health.Contains("redis_permissions: " + Sentence, StringComparison.Ordinal)
            && health.Contains("ledger: The ledger could not be checked: " + Sentence, StringComparison.Ordinal));
        await service.ReadUntilAsync(Sentence);

        await AllowAsync("+hget");
        await AwaitHealthAsync(service, health => !health.Contains("ledger:", StringComparison.Ordinal));
    }

    private Task AllowAsync(params string[] rules) => At.Database.ExecuteAsync("ACL", ["SETUSER", "service", .. rules]);

    private async Task AwaitHealthAsync(ServiceUnderFault service, Func<string, bool> holds)
    {
        using var http = new HttpClient();
        await At.AwaitAsync(
            async () =>
            {
                using var response = await http.GetAsync(new Uri(service.Address, "/health"), Cancellation);
                return await response.Content.ReadAsStringAsync(Cancellation);
            },
            holds);
    }
}
