using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A permission that Redis denies is named in the log and in the health, and the service goes on when it is granted.</summary>
public sealed class RedisPermissionTests : WorkerTest
{
    [Fact]
    public async Task A_command_that_the_ACL_denies_is_named_with_its_user_until_it_is_allowed()
    {
        const string Sentence = "Redis denies the user worker the command HGET: allow it in the ACL of that user.";
        await AllowAsync("~*", "&*", "+@all", "-hget");
        await using var worker = new WorkerHost(Redis.ConnectionString + ",user=worker,password=pw");

        await AwaitHealthAsync(worker, "ledger: The ledger could not be checked: " + Sentence);
        await AwaitHealthAsync(worker, "redis_permissions: " + Sentence);
        await Eventually.GetAsync(() => Task.FromResult(worker.Warnings.Count(line => line == Sentence)), count => count == 1, Canceled);

        await AllowAsync("+hget");
        var sold = await Ledger.SellAsync();
        await DeliverAsync(sold.SessionId);
        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
    }

    [Fact]
    public async Task A_command_of_the_second_connection_is_named_too()
    {
        await AllowAsync("~*", "&*", "+@all", "-xreadgroup");
        await using var worker = new WorkerHost(Redis.ConnectionString + ",user=worker,password=pw");

        await AwaitHealthAsync(worker, "redis_permissions: Redis denies the user worker the command XREADGROUP: allow it in the ACL of that user.");
    }

    [Fact]
    public async Task A_denied_CONFIG_degrades_the_health_only()
    {
        await AllowAsync("~*", "&*", "+@all", "-config");
        await using var worker = new WorkerHost(Redis.ConnectionString + ",user=worker,password=pw");

        await AwaitHealthAsync(worker, "Degraded\ndurability: Redis does not report its durability settings. "
            + "Redis denies the user worker the command CONFIG GET: allow it in the ACL of that user.");
    }

    [Fact]
    public async Task A_wrong_password_is_named_instead_of_a_Redis_that_does_not_answer()
    {
        await AllowAsync("~*", "&*", "+@all");
        await Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "off");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(
            Redis.ConnectionString + ",user=worker,password=wrong,abortConnect=false,connectTimeout=500,connectRetry=1,asyncTimeout=500");

        await Eventually.GetAsync(
            async () => RedisRefusal.Find(await Record.ExceptionAsync(() => redis.GetDatabase().StringGetAsync("key"))),
            sentence => sentence == "Redis refuses the login: correct the user and the password in ConnectionStrings__redis.",
            Canceled);
    }

    private Task AllowAsync(params string[] rules) => Redis.Database.ExecuteAsync("ACL", ["SETUSER", "worker", "on", ">pw", .. rules]);

    private static async Task AwaitHealthAsync(WorkerHost worker, string text)
    {
        using var client = new HttpClient { BaseAddress = worker.ClientOptions.BaseAddress };
        await Eventually.GetAsync(
            async () =>
            {
                using var response = await client.GetAsync("health", Canceled);
                return await response.Content.ReadAsStringAsync(Canceled);
            },
            health => health.Contains(text, StringComparison.Ordinal),
            Canceled);
    }
}
