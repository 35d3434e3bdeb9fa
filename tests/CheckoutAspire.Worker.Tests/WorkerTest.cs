using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A test of the worker on a Redis of its own, which starts empty.</summary>
public abstract class WorkerTest : IAsyncLifetime
{
    protected RedisServer Redis { get; private set; } = null!;

    protected LedgerKit Ledger { get; private set; } = null!;

    protected LedgerPartition Partition => Ledger.Partitions.All[0];

    protected static CancellationToken Canceled => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync();
        Ledger = new LedgerKit(Redis.Connection);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task<RedisValue> DeliverAsync(string sessionId, string type = HandledEvents.CheckoutCompleted, string paymentStatus = "paid") =>
        Ledger.AppendAsync(sessionId, StripeEvents.Checkout(sessionId, type, paymentStatus), type);

    protected async Task<Order> AwaitAsync(string sessionId, OrderState state) =>
        (await Eventually.GetAsync(() => Ledger.Orders.FindAsync(sessionId), order => order?.State == state, Canceled))!;

    /// <summary>Waits until nothing is in the stream, pending, or set aside: asked in one step, for entries go from one to the other.</summary>
    protected Task AwaitDrainedAsync() => Eventually.GetAsync(
        async () => (long)await Redis.Database.ScriptEvaluateAsync(
            "return redis.call('XLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2])", [Partition.Events, Partition.Retry]),
        left => left == 0,
        Canceled);

    protected async Task<StreamEntry> AwaitDeadLetterAsync() => (await Eventually.GetAsync(
        () => Redis.Database.StreamRangeAsync(Partition.Dead), dead => dead.Length > 0, Canceled))[0];
}
