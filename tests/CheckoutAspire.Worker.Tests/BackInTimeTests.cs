using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Redis comes back with an older ledger: orders that were fulfilled in the meantime become fulfilled according to Stripe, and no handler runs again.</summary>
[Trait("loop", "long")]
public sealed class BackInTimeTests : WorkerTest
{
    private static readonly (string, string)[] s_settings = [("Worker:ReconcileInterval", "00:00:01"), ("Worker:StripeRequestsPerSecond", "1000")];
    private static readonly (string, string)[] s_eventsOnly = [("Worker:ReconcileInterval", "1.00:00:00"), ("Worker:StripeRequestsPerSecond", "1000")];

    private readonly StripeSide _stripe = new();
    private readonly RecordingHandler _handler = new("ship");

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task After_a_backup_is_restored_no_order_is_shipped_twice()
    {
        IReadOnlyList<Session> sold;
        await using (var worker = await StartAsync(s_eventsOnly))
        {
            sold = await SellAsync(20);
            using var backup = new DirectoryBackup(Redis.Directory);
            await DeliverAsync(sold);
            await AwaitWitnessedAsync(sold);
            await worker.DisposeAsync();
            await Redis.KillAsync();
            backup.Restore();
        }

        await Redis.RestartAsync();
        await AwaitRedisAsync();
        Assert.Equal(OrderState.Created, (await Ledger.Orders.FindAsync(sold[0].Id))!.State);
        await using var later = await StartAsync(s_eventsOnly);
        await DeliverAsync(sold);

        await AwaitFulfilledAsync(sold, Ledger);
        Assert.Equal(20, _handler.Orders.Count);
        Assert.Equal("as the witness at Stripe has it", (await Ledger.Orders.FindAsync(sold[0].Id))!.Timeline[^1].Detail);
    }

    [Fact]
    public async Task After_the_end_of_the_append_only_file_is_cut_no_order_is_shipped_twice()
    {
        await using var worker = await StartAsync(s_eventsOnly);
        var sold = await SellAsync(5);
        var log = Assert.Single(new DirectoryInfo(Path.Combine(Redis.Directory.FullName, "appendonlydir")).GetFiles("*.incr.aof"));
        var length = log.Length;
        await DeliverAsync(sold);
        await AwaitWitnessedAsync(sold);

        await Redis.KillAsync();
        await using (var file = log.Open(FileMode.Open))
        {
            file.SetLength(length);
        }

        // The worker is still running and finds the server that has come back.
        await Redis.RestartAsync();
        await AwaitRedisAsync();
        await DeliverAsync(sold);

        await AwaitFulfilledAsync(sold, Ledger);
        Assert.Equal(5, _handler.Orders.Count);
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task After_a_lagging_replica_is_promoted_sales_renewals_and_refunds_of_the_gap_are_recorded_and_nothing_is_shipped_twice()
    {
        await using var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", Redis.Port.ToString(CultureInfo.InvariantCulture));
        await AwaitInfoAsync(replica, "master_link_status:up");
        await using var worker = await StartAsync(s_settings, $"{Redis.ConnectionString},{replica.ConnectionString}");
        var (refunded, subscription, sold) = (await _stripe.SellAndPayAsync(), await _stripe.SubscribeAsync(), await _stripe.SellAsync());
        await Ledger.SellAsync(sold.Id);
        await AwaitWitnessedAsync([refunded, subscription]);
        var replicated = new LedgerKit(replica.Connection);
        await Eventually.GetAsync(async () => (await replicated.Orders.FindAsync(subscription.Id))?.State, state => state is OrderState.Fulfilled, Canceled);
        await Eventually.GetAsync(() => replicated.Orders.FindAsync(sold.Id), order => order is not null, Canceled);

        // From now on the replica lags, because the master rejects it.
        await replica.Database.ExecuteAsync("CONFIG", "SET", "masteruser", "nobody", "masterauth", "wrong");
        await Redis.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", "replica");
        await AwaitInfoAsync(replica, "master_link_status:down");
        await _stripe.ControlAsync($"sessions/{sold.Id}/pay");
        await _stripe.ControlAsync($"subscriptions/{subscription.SubscriptionId}/bill");
        await _stripe.ControlAsync($"sessions/{refunded.Id}/refund");
        var renewal = (await Eventually.GetAsync(
            async () => (await new InvoiceService(_stripe.Client).ListAsync(cancellationToken: Canceled)).Data, list => list.Count == 2, Canceled))
            .Single(invoice => invoice.Id != subscription.InvoiceId).Id;
        await AwaitWitnessedAsync([sold]);
        await Eventually.GetAsync(() => new InvoiceService(_stripe.Client).GetAsync(renewal, cancellationToken: Canceled), IsWitnessed, Canceled);
        await Eventually.GetAsync(async () => (await Ledger.Orders.FindAsync(refunded.Id))?.AmountRefunded, amount => amount == 9998, Canceled);
        var calls = _handler.Orders.Count;

        await Redis.KillAsync();
        await replica.Database.ExecuteAsync("REPLICAOF", "NO", "ONE");

        var promoted = new LedgerKit(replica.Connection);
        Assert.Equal(OrderState.Created, (await promoted.Orders.FindAsync(sold.Id))!.State);
        await AwaitFulfilledAsync([sold], promoted);
        await Eventually.GetAsync(async () => (await promoted.Orders.FindAsync(renewal))?.State, state => state is OrderState.Fulfilled, Canceled);
        await Eventually.GetAsync(async () => (await promoted.Orders.FindAsync(refunded.Id))?.AmountRefunded, amount => amount == 9998, Canceled);
        Assert.Equal((4, 4), (calls, _handler.Orders.Count));
    }

    [Fact]
    public async Task What_was_owed_at_a_restart_without_loss_is_fulfilled_and_has_no_witness()
    {
        await using (await StartAsync(s_eventsOnly))
        {
        }

        var sold = await SellAsync(3);
        await DeliverAsync(sold);
        await Redis.KillAsync();
        await Redis.RestartAsync();
        await AwaitRedisAsync();

        await using var worker = await StartAsync(s_eventsOnly);

        await AwaitFulfilledAsync(sold, Ledger);
        Assert.Equal(3, _handler.Orders.Count);

        // A merchant that remembers a fence of the previous server accepts these.
        Assert.All(_handler.Orders, order => Assert.True(order.Fence > 1_000_000));
    }

    private static bool IsWitnessed(IHasMetadata found) => found.Metadata.ContainsKey(CheckoutMetadata.FulfilledAt);

    private static Task AwaitInfoAsync(RedisServer server, string line) => Eventually.GetAsync(
        async () => (string)(await server.Database.ExecuteAsync("INFO", "replication"))!, info => info.Contains(line, StringComparison.Ordinal), Canceled);

    private async Task<IReadOnlyList<Session>> SellAsync(int count)
    {
        var sold = new List<Session>();
        foreach (var _ in Enumerable.Range(0, count))
        {
            sold.Add(await _stripe.SellAndPayAsync());
            await Ledger.SellAsync(sold[^1].Id);
        }

        return sold;
    }

    /// <summary>Delivers the events of the payments as Stripe generated them.</summary>
    private async Task DeliverAsync(IReadOnlyList<Session> sold)
    {
        var created = new DateTimeOffset(sold[0].Created).ToUnixTimeSeconds();
        foreach (var session in sold)
        {
            var body = StripeEvents.Checkout(session.Id, change: root => root["created"] = JsonValue.Create(created));
            await Ledger.AppendAsync(session.Id, body, HandledEvents.CheckoutCompleted);
        }
    }

    /// <summary>Starts a worker, and waits until it has compared the ledger with Stripe.</summary>
    private async Task<WorkerHost> StartAsync((string, string)[] settings, string? redis = null)
    {
        var worker = new WorkerHost(redis ?? Redis.ConnectionString, _stripe.Address, settings, _handler);
        await Eventually.GetAsync(
            async () => Redis.Connection.IsConnected && await Redis.Database.HashExistsAsync("co:ledger", "account"), exists => exists, Canceled);
        await AwaitFirstPassAsync();
        return worker;
    }

    /// <summary>Waits until this test's own connection is restored.</summary>
    private Task AwaitRedisAsync() => Eventually.GetAsync(
        async () =>
        {
            try
            {
                return await Redis.Database.PingAsync() > TimeSpan.Zero;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return false;
            }
        },
        answers => answers,
        Canceled);

    private async Task AwaitWitnessedAsync(IEnumerable<Session> sold)
    {
        foreach (var session in sold)
        {
            await Eventually.GetAsync(() => _stripe.GetAsync(session.Id), IsWitnessed, Canceled);
        }
    }

    private static async Task AwaitFulfilledAsync(IEnumerable<Session> sold, LedgerKit ledger)
    {
        foreach (var session in sold)
        {
            var order = await Eventually.GetAsync(() => ledger.Orders.FindAsync(session.Id), found => found?.State is OrderState.Fulfilled, Canceled);
            Assert.Equal(1, order!.Fulfillments);
        }
    }
}
