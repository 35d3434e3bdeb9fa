using System.Text.Json;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests.Access;

/// <summary>Two instances behind a proxy that sends each request to the next one, without affinity.</summary>
[Trait("loop", "long")]
public sealed class RoundRobinTests(RedisFixture redis) : McpApiTest(redis)
{
    // npx puts the packages' commands on the PATH. CommonJS finds the packages next to them by NODE_PATH.
    private const string Script = """NODE_PATH="$(dirname "$(dirname "$(command -v node)")")" node "$CLIENT_SCRIPT" "$CLIENT_ORIGIN" """;

    private static readonly string[] s_npx = ["-y", "-p", "node@22.23.3", "-p", "@modelcontextprotocol/sdk@1.32.2", "-c", Script];

    [Fact]
    public async Task The_TypeScript_client_keeps_its_session_at_two_instances_of_which_one_is_replaced()
    {
        // The client tries twice to open a broken stream again, so that the proxy sends nothing to an instance that is being replaced.
        McpApiFactory? second = Start();
        await using var proxy = await RoundRobinProxy.StartAsync(() => second is { } other ? [Factory.Address, other.Address] : [Factory.Address], async path =>
        {
            if (path == "/restart")
            {
                var old = second;
                second = null;
                await old!.DisposeAsync();
                second = Start();
            }
            else
            {
                await Factory.ApplyAsync(path.Split('/')[^1], PaymentStatusChange.Paid);
            }
        });

        var run = await ChildProcess.RunAsync("npx", s_npx, Cancellation, new Dictionary<string, string>
        {
            ["CLIENT_SCRIPT"] = Path.Combine(AppContext.BaseDirectory, "Clients", "round-robin.cjs"),
            ["CLIENT_ORIGIN"] = proxy.Address,
        });
        await second!.DisposeAsync();

        var result = JsonElement.Parse(run.Required);
        Assert.Equal(6, result.GetProperty("tools").GetInt32());
        Assert.Equal(
            [.. Enumerable.Repeat("created", 8), "fulfilled"], result.GetProperty("checkouts").EnumerateArray().Select(state => state.GetString()!));
        Assert.NotEqual(0, result.GetProperty("updates").GetInt32());
        Assert.NotEmpty(result.GetProperty("sessionId").GetString()!);
    }

    private McpApiFactory Start() => new(
        Redis.ConnectionString, Stripe.Address, builder => builder.UseSetting("CHECKOUT_DEPLOYMENT", Factory.Deployment));
}
