using CheckoutAspire.AppHost.LocalHost;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.AppHost.Tests;

public sealed class LocalApplicationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private DataDirectory Data => new(Path.Combine(_directory.Path, ".data"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_redis_out_of_reach_is_one_sentence_without_its_password()
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(
            () => StartAsync("ConnectionStrings__redis=localhost:1,password=hunter2"));

        Assert.Equal(
            "Redis at localhost:1 does not answer PING: start it, or unset ConnectionStrings__redis to use the embedded one.",
            failure.Message);
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_one_sentence()
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(
            () => StartAsync("ConnectionStrings__redis=localhost,connectTimeout=soon"));

        Assert.StartsWith("ConnectionStrings__redis is no connection string", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_of_the_embedded_redis_survives_a_restart_and_even_a_kill()
    {
        var topology = new Topology { RedisPort = RedisServer.FreePort() };
        var configuration = CheckoutConfiguration.Resolve(_ => null, topology, Data);
        var redis = LocalGraph.Create(configuration, topology, new LocalLayout("root", "debug"), Data, null)[0];

        await WithRedisAsync(async database => await database.StringSetAsync("first", "kept"));
        await WithRedisAsync(async database =>
        {
            Assert.Equal("kept", await database.StringGetAsync("first"));
            await database.StringSetAsync("second", "kept too");
        });
        await WithRedisAsync(async database => Assert.Equal("kept too", await database.StringGetAsync("second")));

        async Task WithRedisAsync(Func<IDatabase, Task> use)
        {
            await using var output = new StringWriter();
            await using var supervisor = new Supervisor([redis], new HostConsole(output, color: false), TimeProvider.System, default);
            await supervisor.StartAsync(Ct);
            await using var connection = await ConnectionMultiplexer.ConnectAsync(topology.RedisConnectionString);
            await use(connection.GetDatabase());
        }
    }

    [Theory]
    [InlineData("sandbox mode (no Stripe account, no money).", "Stripe sandbox")]
    [InlineData("test mode", "`stripe listen --all-snapshot --forward-to http://localhost:5081/webhook/stripe`", "STRIPE_SECRET_KEY=sk_test_1", "STRIPE_WEBHOOK_SECRET=whsec_1")]
    [InlineData("LIVE mode", "LIVE", "STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1", "APP_BASE_URL=https://shop.example")]
    public void The_welcome_says_the_mode_the_addresses_and_what_to_paste(string mode, string also, params string[] variables)
    {
        var topology = new Topology();
        var configuration = CheckoutConfiguration.Resolve(DotEnv.Parse(variables).GetValueOrDefault, topology, Data);

        var text = string.Join('\n', Welcome.Lines(configuration, topology, new LocalLayout(_directory.Path, "debug"), Data));

        Assert.Contains(mode, text, StringComparison.Ordinal);
        Assert.Contains(also, text, StringComparison.Ordinal);
        Assert.Contains("claude mcp add --transport http checkout http://localhost:5080/mcp\n", text, StringComparison.Ordinal);
        Assert.Contains("""{"mcpServers":{"checkout":{"type":"http","url":"http://localhost:5080/mcp"}}}""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", text, StringComparison.Ordinal);
        Assert.DoesNotContain(configuration.Values["OPS_TOKEN"], text, StringComparison.Ordinal);
    }

    private async Task StartAsync(params string[] variables)
    {
        await using var output = new StringWriter();
        var options = new LocalApplicationOptions
        {
            Layout = new LocalLayout(_directory.Path, "debug"),
            Data = Data,
            Variable = DotEnv.Parse(variables).GetValueOrDefault,
        };
        await using var application = await LocalApplication.StartAsync(options, new HostConsole(output, color: false), Ct);
    }
}
