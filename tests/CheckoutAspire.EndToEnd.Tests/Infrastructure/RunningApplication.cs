using System.Net;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>The whole application, started by its AppHost: Redis, the sandbox, the three services and the dashboard, on ports of its own.</summary>
public abstract class RunningApplication : IAsyncLifetime
{
    /// <summary>The signing secret of the webhook.</summary>
    internal const string WebhookSecret = "whsec_" + GeneratedSecret;

    /// <summary>The sandbox's API key.</summary>
    internal const string StripeKey = "sk_test_checkout_aspire_sandbox_" + GeneratedSecret;

    /// <summary>The password of Redis.</summary>
    protected const string RedisPassword = GeneratedSecret;

    /// <summary>The key of the dashboard's telemetry API.</summary>
    protected const string DashboardKey = "0123456789abcdef0123456789abcdef";

    /// <summary>The sandbox's delays before it delivers an event again that the receiver could not store, as on a slow machine.</summary>
    protected const string SandboxRetryDelays = "00:00:01,00:00:01,00:00:02,00:00:02,00:00:05,00:00:05,00:00:10,00:00:10,00:00:30";

    private const string GeneratedSecret = "0123456789abcdefghijklmnopqrstuv";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private ConnectionMultiplexer? _redis;

    /// <summary>
    /// The configuration of every AppHost of these tests. The secrets are explicit, so that no test reads or writes the developer's user
    /// secrets.
    /// </summary>
    protected static IReadOnlyDictionary<string, string> Configuration { get; } = new Dictionary<string, string>
    {
        ["CHECKOUT_UCP"] = "true",
        ["Parameters:ops-token"] = "operators-token-of-the-tests",
        ["Parameters:sandbox-webhook-secret"] = GeneratedSecret,
        ["Parameters:sandbox-key"] = GeneratedSecret,
        ["Parameters:redis-password"] = RedisPassword,
        ["AppHost:DashboardApiKey"] = DashboardKey,
        ["AppHost:OtlpApiKey"] = DashboardKey,
    };

    internal Uri McpApi => EndpointOf("mcpapi");

    internal Uri McpEndpoint => new(McpApi, "/mcp");

    internal Uri WebhookEndpoint => new(EndpointOf("webhooks"), "/webhook/stripe");

    internal Uri StripeSandbox => EndpointOf("stripe-sandbox");

    internal StripeReader Stripe => new(_http, StripeSandbox, StripeKey);

    internal Dashboard Dashboard => new(_http, DashboardAddress, DashboardKey);

    /// <summary>The ledger, read next to the services that write it.</summary>
    internal LedgerKit Ledger { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract Uri DashboardAddress { get; }

    /// <summary>Starts everything, and returns when it is healthy.</summary>
    public abstract ValueTask InitializeAsync();

    /// <summary>Stops everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Delivers an event to the receiver as Stripe would: signed once, sent as many times as asked, all at once, and again after a 503, which is the answer
    /// while Redis is slow.
    /// </summary>
    internal Task<HttpStatusCode[]> DeliverAsync(byte[] body, int times = 1)
    {
        var signature = StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), WebhookSecret);
        return Task.WhenAll(Enumerable.Range(0, times).Select(_ => Eventually.GetAsync(SendAsync, status => status is not HttpStatusCode.ServiceUnavailable, Cancellation)));

        async Task<HttpStatusCode> SendAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, WebhookEndpoint) { Content = new ByteArrayContent(body) };
            request.Headers.Add("Stripe-Signature", signature);
            using var response = await _http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
    }

    /// <summary>
    /// Waits until the worker has processed as many events of an order as asked, and returns the outcome of each. There are more if the receiver answered 503 to
    /// an event that a slow Redis has stored.
    /// </summary>
    internal Task<IReadOnlyList<string>> OutcomesAsync(string sessionId, int count) => Eventually.GetAsync<IReadOnlyList<string>>(
        async () =>
        [
            .. (await Dashboard.SpansAsync($"resource=worker&search={sessionId}"))
                .Where(span => span.SessionId == sessionId && span.Attributes.ContainsKey("checkout.outcome"))
                .Select(span => span.Attributes["checkout.outcome"])
                .Order(StringComparer.Ordinal),
        ],
        outcomes => outcomes.Count >= count,
        Cancellation);

    /// <summary>Asserts what "fulfilled exactly once" means in the ledger itself, once no event waits any more.</summary>
    internal async Task AssertFulfilledOnceAsync(string sessionId)
    {
        var partition = Ledger.Partitions.Of(sessionId);
        var redis = Ledger.Redis.GetDatabase();
        await Eventually.GetAsync(() => redis.StreamLengthAsync(partition.Events), length => length == 0, Cancellation);
        var order = Assert.IsType<Orders.Ledger.Order>(await Ledger.Orders.FindAsync(sessionId));
        Assert.Equal((OrderState.Fulfilled, 1), (order.State, order.Fulfillments));
        Assert.Single(order.Timeline, step => step.What == "fulfilled");
        Assert.Single(
            (await redis.StreamRangeAsync(partition.Journal)).SelectMany(entry => JournalSteps.Of(partition, entry)),
            step => step.OrderId == sessionId && step.What == "fulfilled");
        Assert.Equal(0, await redis.StreamLengthAsync(partition.Dead));
        Assert.Null(await redis.SortedSetScoreAsync(partition.Owed, sessionId));
    }

    protected abstract Uri EndpointOf(string resource);

    protected virtual async Task StopAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    protected async Task ConnectLedgerAsync(string connectionString)
    {
        _redis = await ConnectionMultiplexer.ConnectAsync(connectionString + ",allowAdmin=true,abortConnect=false,asyncTimeout=30000");
        Ledger = new LedgerKit(_redis);
    }
}
