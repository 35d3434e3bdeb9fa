using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A test of the worker on a Redis of its own, which starts empty.</summary>
public abstract class WorkerTest : IAsyncLifetime
{
    protected RedisServer Redis { get; private set; } = null!;

    protected LedgerKit Ledger { get; private set; } = null!;

    protected LedgerPartition Partition => Ledger.Partitions.All[0];

    /// <summary>
    /// The clock of a <see cref="ReconcilerHost"/>, which <see cref="GetAfterPassesAsync"/> moves on. Objects that a test creates at its <c>Start</c> are not
    /// younger than the first pass.
    /// </summary>
    protected FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    protected static CancellationToken Canceled => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync();
        Ledger = new LedgerKit(Redis.Connection);

        // The ledger is older than everything that a test sells. A worker would begin it some time after its start, and hold the sessions that are older.
        var began = TimeProvider.System.GetUtcNow().AddMinutes(-1).ToUnixTimeMilliseconds();
        var run = await LedgerKit.FindRunAsync(Redis.Connection);
        await Redis.Database.StringSetAsync(Partition.Epoch, string.Create(CultureInfo.InvariantCulture, $"{began} {run} 0"));
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task<RedisValue> DeliverAsync(string sessionId, string type = HandledEvents.CheckoutCompleted, string paymentStatus = "paid") =>
        Ledger.AppendAsync(sessionId, StripeEvents.Checkout(sessionId, type, paymentStatus), type);

    /// <summary>Appends events as the receiver does.</summary>
    protected async Task DeliverAsync(params IEnumerable<JsonObject> events)
    {
        foreach (var found in events)
        {
            await Ledger.AppendAsync(
                (string)found["data"]!["object"]!["id"]!, JsonSerializer.SerializeToUtf8Bytes<JsonNode>(found), (string)found["type"]!, (string)found["id"]!);
        }
    }

    protected async Task<Order> AwaitAsync(string sessionId, OrderState state) =>
        (await Eventually.GetAsync(() => Ledger.Orders.FindAsync(sessionId), order => order?.State == state, Canceled))!;

    private protected ReconciliationCursor Cursor => new(Redis.Connection);

    private protected Task<IReadOnlyList<AppendedEvent>> AppendedAsync() => AppendedEvent.ReadAsync(Redis.Database, Partition);

    private protected async Task<AppendedEvent> AwaitAppendedAsync(Func<AppendedEvent, bool> condition) =>
        (await GetAfterPassesAsync(AppendedAsync, appended => appended.Any(condition))).First(condition);

    /// <summary>Reads a value until the condition is met. The reconciler's next pass is due before each reading.</summary>
    private protected Task<T> GetAfterPassesAsync<T>(Func<Task<T>> read, Func<T, bool> condition) => Eventually.GetAsync(
        () =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return read();
        },
        condition,
        Canceled);

    /// <summary>Waits until the first pass of the reconciliation has read and swept every list.</summary>
    private protected async Task AwaitFirstPassAsync()
    {
        // A new ledger begins to read the sessions of the last weeks.
        var yesterday = TimeProvider.System.GetUtcNow().AddDays(-1);
        foreach (var list in new[] { "sessions", "events", "invoices", "refunds", "disputes", "subscriptions" })
        {
            await Eventually.GetAsync(() => Cursor.ReadAsync(list, sweep: true), position => position.Window is null && position.Until > yesterday, Canceled);
        }
    }

    /// <summary>Waits until the regular pass has read each list to its end some more times.</summary>
    private protected async Task AwaitPassesAsync(int count)
    {
        string[] lists = ["sessions", "events", "invoices", "refunds", "disputes"];
        foreach (var _ in Enumerable.Range(0, count))
        {
            var before = await Task.WhenAll(lists.Select(list => Cursor.ReadAsync(list)));
            foreach (var (list, was) in lists.Zip(before))
            {
                await GetAfterPassesAsync(() => Cursor.ReadAsync(list), position => position.Window is null && position.Until > (was.Until ?? default));
            }
        }
    }

    /// <summary>Waits until a pass has read each list to its end since a time.</summary>
    private protected async Task AwaitPassSinceAsync(DateTimeOffset since)
    {
        foreach (var (list, sweep) in new[] { ("sessions", false), ("invoices", false), ("refunds", false), ("disputes", false), ("refunds", true), ("sessions", true) })
        {
            await GetAfterPassesAsync(
                () => Cursor.ReadAsync(list, sweep), position => position.Window is null && position.Until >= since.AddSeconds(sweep ? -600 : -1));
        }
    }

    /// <summary>Waits until no entry is in the stream, pending, or scheduled for a retry. One script reads both counts, because entries move between them.</summary>
    protected Task AwaitDrainedAsync() => Eventually.GetAsync(
        async () => (long)await Redis.Database.ScriptEvaluateAsync(
            "return redis.call('XLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2])", [Partition.Events, Partition.Retry]),
        left => left == 0,
        Canceled);

    protected async Task<StreamEntry> AwaitDeadLetterAsync() => (await Eventually.GetAsync(
        () => Redis.Database.StreamRangeAsync(Partition.Dead), dead => dead.Length > 0, Canceled))[0];
}
