using System.Diagnostics;
using System.Text;
using CheckoutAspire.Benchmarks.Load;
using CheckoutAspire.Benchmarks.Machine;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Worker;

/// <summary>Orders that are paid and not fulfilled yet.</summary>
internal static class Backlog
{
    private const int BatchSize = 1_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>The peer's journal of orders.</summary>
    public static readonly RedisKey BullJournal = "journal";

    public static LedgerPartitions Partitions { get; } = new(Options.Create(new OrdersOptions()));

    /// <summary>Records the orders, and appends their events as the receiver does.</summary>
    public static async Task PrepareOursAsync(RedisServer redis, int count, CancellationToken cancellationToken)
    {
        await RecordAsync(redis, 0, count, cancellationToken);
        await AppendAsync(redis, count, cancellationToken);
    }

    /// <summary>
    /// Appends the events of orders that the ledger does not know: of each it has only the request that was written down before Stripe was called, as after
    /// a crash before Stripe's answer was recorded.
    /// </summary>
    public static async Task PrepareUnrecordedAsync(RedisServer redis, int count, CancellationToken cancellationToken)
    {
        await InBatchesAsync(0, count, number => redis.Database.StringSetAsync(Partitions.Of("").Sale(PreparedEvents.OrderRef(number)), "9998 usd"), cancellationToken);
        await AppendAsync(redis, count, cancellationToken);
    }

    /// <summary>
    /// Makes the ledger older than its events, and held by this server ever since. Otherwise the worker would ask Stripe, which is absent here, whether orders
    /// were fulfilled in a part of the ledger that was lost.
    /// </summary>
    public static void BeginLedger(RedisServer redis)
    {
        var server = redis.Connection.GetServers()[0].Info("server")[0].First(field => field.Key == "run_id").Value;
        redis.Database.StringSet(Partitions.All[0].Epoch, $"1 {server} 0");
    }

    private static async Task AppendAsync(RedisServer redis, int count, CancellationToken cancellationToken)
    {
        var events = new EventStream(redis.Connection);
        var bodies = new PreparedEvents(count);
        await InBatchesAsync(0, count, number => events.AppendAsync(
            Partitions.All[0],
            new EventEntry(
                $"evt_{number}", HandledEvents.CheckoutCompleted, PreparedEvents.SessionId(number), Livemode: false, "",
                TimeProvider.System.GetUtcNow(), bodies.Body(number))), cancellationToken);
    }

    /// <summary>Records orders in our ledger, as the MCP API does when it sells.</summary>
    public static Task RecordAsync(RedisServer redis, int first, int count, CancellationToken cancellationToken)
    {
        var orders = new OrderLedger(redis.Connection, Partitions);
        var expiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31);
        return InBatchesAsync(first, count, number => orders.RecordAsync(new NewOrder
        {
            SessionId = PreparedEvents.SessionId(number),
            OrderRef = $"ref_{number}",
            AmountSubtotal = 9998,
            AmountTotal = 9998,
            Currency = "usd",
            Livemode = false,
            Mode = "payment",
            ExpiresAt = expiresAt,
            CheckoutUrl = "https://checkout.stripe.com/c/pay/" + PreparedEvents.SessionId(number),
            ProductId = "mug",
            ProductName = "Red mug",
        }), cancellationToken);
    }

    /// <summary>Waits until our worker has fulfilled a number of orders. Each of them waits for its witness, because there is no Stripe to write it to.</summary>
    public static async Task WhenFulfilledAsync(RedisServer redis, long count, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (await redis.Database.SortedSetLengthAsync(Partitions.All[0].Outbox) is var fulfilled && fulfilled < count)
        {
            if (clock.Elapsed > s_patience)
            {
                throw new InvalidOperationException($"The worker fulfilled {fulfilled} of {count} orders.");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>The same orders for the peer: a hash each, its creation in the journal, and a job with the event.</summary>
    public static async Task PrepareBullAsync(RedisServer redis, int count, CancellationToken cancellationToken)
    {
        var bodies = new PreparedEvents(count);
        await InBatchesAsync(0, count, number => CreateAsync(redis.Database, PreparedEvents.SessionId(number), number), cancellationToken);
        await using var node = Services.StartNode("backlog.mjs", redis, [], input: true);
        for (var index = 0; index < count; index++)
        {
            // Stripe's JSON is indented; without its line breaks it is the same JSON on one line.
            await node.Input.WriteLineAsync(Encoding.UTF8.GetString(bodies.Body(index).Span).Replace("\n", "", StringComparison.Ordinal).AsMemory(), cancellationToken);
        }

        node.Input.Close();
        if (await node.WaitForExitAsync(TimeSpan.FromMinutes(10), cancellationToken) != 0)
        {
            throw new InvalidOperationException($"The peer's backlog could not be prepared.{Environment.NewLine}{node.Tail}");
        }
    }

    private static Task CreateAsync(IDatabase database, string sessionId, int number) => Task.WhenAll(
        database.HashSetAsync("order:" + sessionId,
        [
            new("state", "created"), new("order_ref", $"ref_{number}"), new("amount_subtotal", 9998), new("amount_total", 9998),
            new("currency", "usd"), new("livemode", 0), new("mode", "payment"), new("product_id", "mug"), new("product_name", "Red mug"),
            new("checkout_url", "https://checkout.stripe.com/c/pay/" + sessionId),
        ]),
        database.StreamAddAsync(BullJournal, [new("session", sessionId), new("what", "created")]));

    private static async Task InBatchesAsync(int first, int count, Func<int, Task> send, CancellationToken cancellationToken)
    {
        foreach (var batch in Enumerable.Range(first, count).Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.WhenAll(batch.Select(send));
        }
    }
}
