using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>
/// The clients that agents are built on, at pinned versions from npm (<c>tests/npm/clients.mjs</c>), and a web page. Each lists, sells, reads, gets a
/// refusal, waits behind a proxy that cuts idle connections, and goes on after the instance was replaced.
/// </summary>
[Trait("loop", "long")]
public sealed class ClientTests(RedisFixture redis, Browser browser, ClientTests.Site site) : IClassFixture<ClientTests.Site>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sdk-1.32")]
    [InlineData("sdk-1.20")]
    [InlineData("mcp-remote")]
    [InlineData("ai-sdk")]
    [InlineData("langchain")]
    [InlineData("openai-agents")]
    [InlineData("mastra")]
    public async Task A_client_sells_and_keeps_its_session_when_streams_are_idle_and_the_instance_is_replaced(string client)
    {
        var origin = await site.StartAsync(redis);
        var configuration = Directory.CreateTempSubdirectory("checkout-aspire-mcp-remote-");

        var run = await ChildProcess.RunAsync(
            await site.NodeAsync(),
            [Path.Combine(Repository.Root, "tests", "npm", "clients.mjs"), client, origin],
            Cancellation,
            new Dictionary<string, string> { ["MCP_REMOTE_CONFIG_DIR"] = configuration.FullName });
        configuration.Delete(recursive: true);

        // Libraries may write to the output too.
        AssertSold(JsonElement.Parse(run.Required.TrimEnd().Split('\n')[^1]));
    }

    [Fact]
    public async Task A_web_page_of_an_allowed_origin_sells_in_the_same_way()
    {
        var origin = await site.StartAsync(redis);
        var page = await browser.OpenAsync();
        await page.GotoAsync(site.PageOrigin);

        var seen = await page.EvaluateAsync<JsonElement>(
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests", "npm", "clients-page.js"), Cancellation), origin);

        AssertSold(seen);
    }

    private static void AssertSold(JsonElement seen)
    {
        Assert.Equal(
            ["cancel_checkout", "get_checkout", "initiate_checkout", "list_checkouts", "list_products", "wait_for_payment"],
            seen.GetProperty("tools").EnumerateArray().Select(tool => tool.GetString()));
        Assert.True(seen.GetProperty("isLinked").GetBoolean());
        Assert.Equal("created", seen.GetProperty("read").GetString());
        Assert.Equal("""[true,"amount_too_small","price_cents"]""", seen.GetProperty("refused").GetRawText());
        Assert.Equal("fulfilled", seen.GetProperty("waited").GetString());
        Assert.Equal("fulfilled", seen.GetProperty("after").GetString());
    }

    /// <summary>The service with the sandbox behind it, at a proxy that cuts a connection when nothing is sent on it for a while.</summary>
    public sealed class Site : IAsyncDisposable
    {
        // A stream sends a comment several times before the proxy cuts it. The clients are idle for two and a half times as long as it waits.
        private static readonly TimeSpan s_idleTimeout = TimeSpan.FromMilliseconds(600);
        private static readonly TimeSpan s_commentInterval = TimeSpan.FromMilliseconds(100);

        private static readonly string[] s_npx = ["-y", "-p", "node@22.23.3", "-c", "command -v node"];

        private readonly string _deployment = "clients-" + Guid.NewGuid().ToString("N");
        private SandboxServer? _sandbox;
        private RoundRobinProxy? _proxy;
        private McpApiFactory? _instance;
        private string? _node;

        /// <summary>The origin of a page that may call, which has another host than the service.</summary>
        public string PageOrigin => _proxy!.Address.Replace("127.0.0.1", "agent.localhost", StringComparison.Ordinal);

        public async ValueTask DisposeAsync()
        {
            await (_proxy?.DisposeAsync() ?? default);
            await (_instance?.DisposeAsync() ?? default);
            await (_sandbox?.DisposeAsync() ?? default);
        }

        /// <summary>The origin of the proxy. The first call starts everything.</summary>
        internal async Task<string> StartAsync(RedisFixture redis)
        {
            if (_proxy is null)
            {
                _sandbox = new SandboxServer();
                _proxy = await RoundRobinProxy.StartAsync(() => [_instance!.Address], path => DoAsync(redis, path), s_idleTimeout);
                _instance = NewInstance(redis);
            }

            return _proxy.Address;
        }

        /// <summary>Node 22, which some clients require.</summary>
        internal async Task<string> NodeAsync() =>
            _node ??= (await ChildProcess.RunAsync("npx", s_npx, Cancellation)).Required.Trim();

        private async Task DoAsync(RedisFixture redis, string path)
        {
            if (path == "/restart")
            {
                await _instance!.DisposeAsync();
                _instance = NewInstance(redis);
            }
            else if (path.StartsWith("/paid/", StringComparison.Ordinal))
            {
                await _instance!.ApplyAsync(path.Split('/')[^1], PaymentStatusChange.Paid);
            }
        }

        private McpApiFactory NewInstance(RedisFixture redis) => new(redis.Server.ConnectionString, _sandbox!.ApiBase, builder => builder
            .UseSetting("CHECKOUT_DEPLOYMENT", _deployment)
            .UseSetting("CHECKOUT_CLIENT_ORIGINS", PageOrigin)
            .ConfigureTestServices(services => services.Configure<StreamOptions>(streams => streams.CommentInterval = s_commentInterval)));
    }
}
