using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>A complete installation of real processes (Redis, workers, receivers), with the merchant and a stub of Stripe.</summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string OpsToken = "ops_0123456789abcdef0123456789abcdef";
    public const string Worker = "CheckoutAspire.Worker";
    public const string Operations = "CheckoutAspire.Operations";
    public const string Receiver = "CheckoutAspire.Webhooks";

    private readonly List<ServiceUnderFault> _services = [];
    private readonly Dictionary<string, string> _settings;

    private Installation(RedisServer redis, Merchant merchant, StripeStub stripe, Dictionary<string, string> settings)
    {
        (Redis, Merchant, Stripe, _settings) = (redis, merchant, stripe, settings);
        Ledger = new LedgerKit(redis.Connection, int.Parse(settings.GetValueOrDefault("Orders__Partitions", "1"), CultureInfo.InvariantCulture));
    }

    public RedisServer Redis { get; }

    public LedgerKit Ledger { get; }

    public Merchant Merchant { get; }

    public StripeStub Stripe { get; }

    public IDatabase Database => Redis.Database;

    public LedgerPartition Partition => Ledger.Partitions.All[0];

    /// <summary>Starts Redis, the merchant and the stub of Stripe.</summary>
    /// <param name="settings">Environment variables of every service, in addition to the defaults for all tests.</param>
    public static async Task<Installation> StartAsync(params IEnumerable<(string Name, string Value)> settings)
    {
        var (redis, merchant, stripe) = (await RedisServer.StartAsync(), await Merchant.StartAsync(), await StripeStub.StartAsync());
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__redis"] = redis.ConnectionString,
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
            ["OPS_TOKEN"] = OpsToken,
            ["STRIPE_WEBHOOK_SECRET"] = StripeEvents.Secret,
            ["STRIPE_SECRET_KEY"] = StripeSecretKey.Sandbox,
            ["STRIPE_API_BASE"] = stripe.Address.GetLeftPart(UriPartial.Authority),
            ["FULFILLMENT_URL"] = merchant.Url.ToString(),
            ["FULFILLMENT_SECRET"] = Merchant.Secret,
            ["Worker__Lease"] = "00:00:01",
            ["Worker__StripeRequestsPerSecond"] = "1000",
            ["Worker__PollInterval"] = "00:00:00.1",
            ["Worker__ProbeDelay"] = "00:00:00.1",
            ["Worker__RetryDelay"] = "00:00:00.05",
            ["Worker__MaxRetryDelay"] = "00:00:01",
        };
        foreach (var (name, value) in settings)
        {
            variables[name] = value;
        }

        return new Installation(redis, merchant, stripe, variables);
    }

    /// <summary>Starts a service. Disposing the installation ends it if it still runs.</summary>
    public async Task<ServiceUnderFault> StartAsync(string name, params IEnumerable<(string Name, string Value)> settings)
    {
        var variables = new Dictionary<string, string>(_settings, StringComparer.Ordinal);
        foreach (var (key, value) in settings)
        {
            variables[key] = value;
        }

        var service = await ServiceUnderFault.StartAsync(name, variables);
        lock (_services)
        {
            _services.Add(service);
        }

        return service;
    }

    /// <summary>Records an unpaid order for two mugs.</summary>
    public async Task<string> SellAsync()
    {
        var sessionId = (await Ledger.SellAsync()).SessionId;
        Stripe.Add(sessionId);
        return sessionId;
    }

    /// <summary>Records orders and appends a payment event for each to the stream.</summary>
    public async Task<IReadOnlyList<string>> SellPaidAsync(int count)
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => SellAsync()));
        await Task.WhenAll(sold.Select(sessionId => AppendAsync(sessionId)));
        return sold;
    }

    /// <summary>Appends an event to the stream, as the receiver does.</summary>
    public Task<RedisValue> AppendAsync(
        string sessionId, string type = HandledEvents.CheckoutCompleted, string paymentStatus = "paid") =>
        Ledger.AppendAsync(sessionId, StripeEvents.Checkout(sessionId, type, paymentStatus), type);

    public Task<Order?> FindAsync(string sessionId) => Ledger.Orders.FindAsync(sessionId);

    public async Task<Order> AwaitStateAsync(string sessionId, OrderState state) =>
        (await AwaitAsync(() => FindAsync(sessionId), order => order?.State == state))!;

    /// <summary>Waits until no work is left, and asserts that each session had exactly one effect and one fulfillment.</summary>
    public async Task AwaitFulfilledOnceAsync(params IEnumerable<string> sessions)
    {
        foreach (var session in sessions)
        {
            Assert.Equal(1, (await AwaitStateAsync(session, OrderState.Fulfilled)).Fulfillments);
            Assert.Single(Merchant.Of(session), outcome => outcome is MerchantOutcome.Effect);
        }

        await AwaitQuietAsync();
        Assert.Equal(0, Merchant.Unsigned);
    }

    /// <summary>Waits until the streams are empty, no entry is pending and no retry is scheduled.</summary>
    public Task AwaitQuietAsync(TimeSpan? deadline = null) =>
        AwaitAsync(BacklogAsync, backlog => backlog is { Entries: 0, Pending: 0, Waiting: 0 }, deadline);

    /// <summary>The work that is left, read at one instant: entries move between the streams and the scheduled retries meanwhile.</summary>
    public async Task<Backlog> BacklogAsync()
    {
        try
        {
            var transaction = Database.CreateTransaction();
            var reads = Ledger.Partitions.All.Select(partition => (
                Entries: transaction.StreamLengthAsync(partition.Events),
                Pending: transaction.StreamPendingAsync(partition.Events, EventStream.Group),
                Waiting: transaction.SortedSetLengthAsync(partition.Retry))).ToList();
            await transaction.ExecuteAsync();
            var sum = new Backlog(0, 0, 0);
            foreach (var (entries, pending, waiting) in reads)
            {
                sum = new Backlog(sum.Entries + await entries, sum.Pending + (await pending).PendingMessageCount, sum.Waiting + await waiting);
            }

            return sum;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Redis was just killed, or the consumer group does not exist yet.
            return new Backlog(-1, -1, -1);
        }
    }

    /// <summary>Waits for a condition. The exception after the deadline includes the last lines that the services printed.</summary>
    public async Task<T> AwaitAsync<T>(Func<Task<T>> ask, Func<T, bool> holds, TimeSpan? deadline = null)
    {
        try
        {
            return await Eventually.GetAsync(
                async () =>
                {
                    try
                    {
                        return await ask();
                    }
                    catch (Exception exception) when (exception is RedisException or TimeoutException)
                    {
                        return default!;
                    }
                },
                answer => answer is not null && holds(answer),
                TestContext.Current.CancellationToken,
                deadline);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{string.Join('\n', _services.Select(service => service.Tail))}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        await Stripe.DisposeAsync();
        await Merchant.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>The work that is left.</summary>
/// <param name="Entries">Entries in the streams.</param>
/// <param name="Pending">Entries that were read and not acknowledged.</param>
/// <param name="Waiting">Entries that are scheduled for a retry.</param>
internal sealed record Backlog(long Entries, long Pending, long Waiting);
