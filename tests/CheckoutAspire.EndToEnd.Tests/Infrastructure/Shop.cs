using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CheckoutAspire.AppHost;
using CheckoutAspire.AppHost.LocalHost;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(Shop))]
[assembly: AssemblyFixture(typeof(Browser))]

// One shop for all: a test that counts what is at Stripe must be the only one that sells.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>
/// The whole application as <c>./run</c> starts it without Aspire: Redis, the sandbox and the three services, each a process of its
/// own, on free ports and with data of their own.
/// </summary>
public sealed class Shop : IAsyncLifetime
{
    private const int MaxStarts = 3;

    private static int s_count;

    private readonly int _number = Interlocked.Increment(ref s_count);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-shop-");
    private readonly LocalLayout _layout = LocalLayout.Of(AppContext.BaseDirectory);
    private readonly StringWriter _log = new(CultureInfo.InvariantCulture);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private LocalApplication? _application;
    private ConnectionMultiplexer? _redis;
    private LedgerKit? _ledger;
    private Topology _topology = FreePorts();

    internal LocalApplication Application => _application!;

    internal Topology Topology => _topology;

    /// <summary>The ledger, read beside the services that write it.</summary>
    internal LedgerKit Ledger => _ledger!;

    internal StripeReader Stripe => new(_http, Topology.StripeSandbox, Application.Configuration.Values["STRIPE_SECRET_KEY"]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts everything.</summary>
    public async ValueTask InitializeAsync()
    {
        // Inherited by the sandbox: a debit that settles while the test waits.
        Environment.SetEnvironmentVariable("Sandbox__SettlementDelay", "00:00:02");
        for (var start = 1; ; start++)
        {
            try
            {
                await StartAsync();
                return;
            }
            catch (ResourceFailedException failure) when (start < MaxStarts && failure.Message.Contains("already", StringComparison.Ordinal))
            {
                // "Port 20123 (worker) is already taken", "address already in use": it was free when it was chosen.
                _topology = FreePorts();
            }
        }
    }

    /// <summary>Stops everything and starts it again, on the same ports and the same data.</summary>
    internal async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Delivers an event to the receiver as Stripe would, signed once and sent as often as asked, at once.</summary>
    internal Task<HttpStatusCode[]> DeliverAsync(byte[] body, int times = 1)
    {
        var signature = StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), Application.Configuration.Values["STRIPE_WEBHOOK_SECRET"]);
        return Task.WhenAll(Enumerable.Range(0, times).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Topology.WebhookEndpoint) { Content = new ByteArrayContent(body) };
            request.Headers.Add("Stripe-Signature", signature);
            using var response = await _http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }));
    }

    /// <summary>What the worker did with each event about an order, once it has done so with as many as asked.</summary>
    internal async Task<IReadOnlyList<string>> OutcomesAsync(string sessionId, int count) =>
        await Eventually.GetAsync(
            () => Task.FromResult<IReadOnlyList<string>>(
            [
                .. Application.Traces.All()
                    .Where(span => span.ServiceName == "worker" && span.Attributes.GetValueOrDefault("messaging.message.conversation_id") == sessionId)
                    .Select(span => span.Attributes.GetValueOrDefault("checkout.outcome", ""))
                    .Order(StringComparer.Ordinal),
            ]),
            outcomes => outcomes.Count >= count,
            Cancellation);

    /// <summary>The journal's entries about an order, oldest first.</summary>
    internal async Task<IReadOnlyList<string>> JournalAsync(string sessionId) =>
    [
        .. (await Ledger.Redis.GetDatabase().StreamRangeAsync(Ledger.Partitions.Of(sessionId).Journal))
            .Where(entry => entry["session"] == sessionId)
            .Select(entry => entry["what"].ToString()),
    ];

    /// <summary>Asserts what "fulfilled exactly once" means in the ledger itself, when nothing is under way any more.</summary>
    internal async Task AssertFulfilledOnceAsync(string sessionId)
    {
        var partition = Ledger.Partitions.Of(sessionId);
        await Eventually.GetAsync(
            () => Ledger.Redis.GetDatabase().StreamLengthAsync(partition.Events), length => length == 0, Cancellation);
        var order = Assert.IsType<Orders.Order>(await Ledger.Orders.FindAsync(sessionId));
        Assert.Equal((OrderState.Fulfilled, 1), (order.State, order.Fulfillments));
        Assert.Single(order.Timeline, step => step.What == "fulfilled");
        Assert.Single(await JournalAsync(sessionId), what => what == "fulfilled");
        Assert.Equal(0, await Ledger.Redis.GetDatabase().StreamLengthAsync(partition.Dead));
        Assert.Null(await Ledger.Redis.GetDatabase().SortedSetScoreAsync(partition.Owed, sessionId));
    }

    /// <summary>Stops everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        await _log.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private async Task StartAsync()
    {
        var options = new LocalApplicationOptions
        {
            Layout = _layout,
            Data = new DataDirectory(Path.Combine(_directory.FullName, ".data")),
            Topology = _topology,
            // Nothing of the developer's own configuration.
            Variable = _ => null,
        };
        try
        {
            _application = await LocalApplication.StartAsync(options, new HostConsole(_log, color: false), CancellationToken.None);
        }
        finally
        {
            WriteLog();
        }

        _redis = await ConnectionMultiplexer.ConnectAsync(_topology.RedisConnectionString);
        _ledger = new LedgerKit(_redis);
    }

    private async Task StopAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        if (_application is not null)
        {
            await _application.DisposeAsync();
        }

        WriteLog();
    }

    // What the processes said, for whoever looks into a failure.
    private void WriteLog()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_layout.Root, "artifacts", "logs"));
        File.WriteAllText(Path.Combine(directory.FullName, $"end-to-end-{_number}.log"), _log.ToString());
    }

    /// <summary>
    /// Below the range from which systems take ports for outgoing connections (from 32768 on Linux): a port chosen there may be taken
    /// again before the last process listens.
    /// </summary>
    private static Topology FreePorts()
    {
        var ports = new HashSet<int>();
        while (ports.Count < 5)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return ports.ToArray() is [var mcpApi, var webhooks, var sandbox, var redis, var worker]
            ? new Topology { McpApiPort = mcpApi, WebhooksPort = webhooks, StripeSandboxPort = sandbox, RedisPort = redis, WorkerPort = worker }
            : throw new InvalidOperationException();
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
