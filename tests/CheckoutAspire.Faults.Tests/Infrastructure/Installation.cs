using System.Globalization;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
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

    /// <summary>A script, because Redis refuses transactions while it is out of memory, even those that only read.</summary>
    private const string ReadBacklog =
        """
        #!lua flags=no-writes
        local entries, pending, waiting = 0, 0, 0
        for i = 1, #KEYS, 2 do
          entries = entries + redis.call('XLEN', KEYS[i])
          pending = pending + redis.call('XPENDING', KEYS[i], ARGV[1])[1]
          waiting = waiting + redis.call('ZCARD', KEYS[i + 1])
        end
        return { entries, pending, waiting }
        """;

    private readonly List<ServiceUnderFault> _services = [];
    private readonly Dictionary<string, string> _settings;
    private readonly RedisPair _redis;
    private readonly ServiceProvider? _archive;

    private Installation(RedisPair redis, Merchant merchant, StripeStub stripe, ArchiveDirectory? archive, Dictionary<string, string> settings)
    {
        (_redis, Merchant, Stripe, ArchiveDirectory, _settings) = (redis, merchant, stripe, archive, settings);
        if (archive is not null)
        {
            // As the services open it.
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:archive", archive.Database)]).Build();
            _archive = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddOrderArchive(configuration).BuildServiceProvider();
        }

        Ledger = new LedgerKit(
            redis.Connection,
            int.Parse(settings.GetValueOrDefault("Orders__Partitions", "1"), CultureInfo.InvariantCulture),
            _archive?.GetRequiredService<IOrderArchive>());
    }

    /// <summary>The Redis server, or the present master.</summary>
    public RedisServer Redis => _redis.Master;

    /// <summary>Where the archive is; null without one.</summary>
    public ArchiveDirectory? ArchiveDirectory { get; }

    public LedgerKit Ledger { get; }

    public Merchant Merchant { get; }

    public StripeStub Stripe { get; }

    public IDatabase Database => _redis.Connection.GetDatabase();

    public LedgerPartition Partition => Ledger.Partitions.All[0];

    /// <summary>Starts Redis, the merchant and the stub of Stripe.</summary>
    /// <param name="settings">Environment variables of every service, in addition to the defaults for all tests.</param>
    public static Task<Installation> StartAsync(params IEnumerable<(string Name, string Value)> settings) =>
        StartAsync(hasReplica: false, archiveAfter: null, settings);

    /// <summary>Starts Redis, the merchant and the stub of Stripe.</summary>
    /// <param name="hasReplica">Whether Redis has a replica.</param>
    /// <param name="archiveAfter">How long after its last change an order leaves Redis for an archive; null without an archive.</param>
    /// <param name="settings">Environment variables of every service, in addition to the defaults for all tests.</param>
    public static async Task<Installation> StartAsync(
        bool hasReplica, TimeSpan? archiveAfter, params IEnumerable<(string Name, string Value)> settings)
    {
        var (redis, merchant, stripe) = (await RedisPair.StartAsync(hasReplica), await Merchant.StartAsync(), await StripeStub.StartAsync());
        var archive = archiveAfter is null ? null : new ArchiveDirectory();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // A worker that stalls waits for the reply: if it gave up, it would rightly claim the order again, and call the merchant again.
            ["ConnectionStrings__redis"] = redis.ConnectionString + ",asyncTimeout=30000",
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
        if (archive is not null)
        {
            (variables["ConnectionStrings__archive"], variables["Orders__ArchiveAfter"]) = (archive.Database, archiveAfter!.Value.ToString());
        }

        foreach (var (name, value) in settings)
        {
            variables[name] = value;
        }

        return new Installation(redis, merchant, stripe, archive, variables);
    }

    /// <summary>Starts a service. Disposing the installation ends it if it still runs.</summary>
    public async Task<ServiceUnderFault> StartAsync(string name, params IEnumerable<(string Name, string Value)> settings)
    {
        var service = await ServiceUnderFault.StartAsync(name, VariablesWith(settings));
        lock (_services)
        {
            _services.Add(service);
        }

        return service;
    }

    /// <summary>Runs a service until it ends by itself, and returns its exit code.</summary>
    public async Task<int> RunToEndAsync(string name, params IEnumerable<(string Name, string Value)> settings) =>
        (await ChildProcess.RunAsync("dotnet", [Repository.Built(name)], TestContext.Current.CancellationToken, VariablesWith(settings))).ExitCode;

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

    /// <summary>Promotes the replica, which lacks what the master has written since it began to lag.</summary>
    public Task PromoteReplicaAsync(TimeSpan lag, CancellationToken cancellationToken) => _redis.PromoteAsync(lag, cancellationToken);

    /// <summary>Waits until the tests' own connection has found the master.</summary>
    public Task AwaitMasterAsync() => _redis.AwaitMasterAsync(TestContext.Current.CancellationToken);

    /// <summary>The number of orders that have left Redis and have not returned.</summary>
    public async Task<long> CountArchivedAsync() =>
        (await Task.WhenAll(Ledger.Partitions.All.Select(partition => Database.HashGetAsync(partition.Archived, "orders")))).Sum(count => (long)count);

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
            var left = (long[])(await Database.ScriptEvaluateAsync(
                ReadBacklog, [.. Ledger.Partitions.All.SelectMany(partition => (RedisKey[])[partition.Events, partition.Retry])], [EventStream.Group]))!;
            return new Backlog(left[0], left[1], left[2]);
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
            throw new TimeoutException($"{exception.Message}\n{await DescribeAsync()}\n{string.Join('\n', _services.Select(service => service.Tail))}", exception);
        }
    }

    /// <summary>What waits in the first partition, for the message of a failure.</summary>
    private async Task<string> DescribeAsync()
    {
        try
        {
            var consumers = await Database.StreamConsumerInfoAsync(Partition.Events, EventStream.Group);
            var pending = await Database.StreamPendingMessagesAsync(Partition.Events, EventStream.Group, 10, RedisValue.Null);
            return string.Join('\n',
            [
                .. consumers.Select(consumer => $"consumer {consumer.Name}: {consumer.PendingMessageCount} pending, idle {consumer.IdleTimeInMilliseconds} ms"),
                .. pending.Select(entry => $"pending {entry.MessageId}: of {entry.ConsumerName}, idle {entry.IdleTimeInMilliseconds} ms, {entry.DeliveryCount} deliveries"),
                $"{await Database.StreamLengthAsync(Partition.Events)} entries, {await Database.SortedSetLengthAsync(Partition.Retry)} retries, {await Database.StreamLengthAsync(Partition.Dead)} dead letters",
            ]);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return exception.Message;
        }
    }

    private Dictionary<string, string> VariablesWith(IEnumerable<(string Name, string Value)> settings)
    {
        var variables = new Dictionary<string, string>(_settings, StringComparer.Ordinal) { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" };
        foreach (var (key, value) in settings)
        {
            variables[key] = value;
        }

        return variables;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        await Stripe.DisposeAsync();
        await Merchant.DisposeAsync();
        await _redis.DisposeAsync();
        if (_archive is not null)
        {
            await _archive.DisposeAsync();
            ArchiveDirectory!.Dispose();
        }
    }
}

/// <summary>The work that is left.</summary>
/// <param name="Entries">Entries in the streams.</param>
/// <param name="Pending">Entries that were read and not acknowledged.</param>
/// <param name="Waiting">Entries that are scheduled for a retry.</param>
internal sealed record Backlog(long Entries, long Pending, long Waiting);
