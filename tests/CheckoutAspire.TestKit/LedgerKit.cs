using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.TestKit;

/// <summary>The ledger on a test's Redis, without a host.</summary>
public sealed class LedgerKit
{
    private static readonly OrderLine s_mugs =
        new() { Name = "Red mug", Quantity = 2, UnitAmount = 4999, ProductId = "mug", PriceId = "price_mug", StripeProductId = "prod_mug" };

    public LedgerKit(IConnectionMultiplexer redis, int partitions = 1, IOrderArchive? archive = null)
    {
        Redis = redis;
        Partitions = new LedgerPartitions(Options.Create(new OrdersOptions { Partitions = partitions }));
        Archive = archive;
        Tombstones = new Tombstones(redis);
        Orders = new OrderLedger(redis, Partitions, archive: archive, tombstones: Tombstones);
        Owned = new OwnedOrders(redis, Partitions, archive);
        Renewals = new SubscriptionRenewals(redis, Partitions, Orders, archive);
        Archiving = archive is null ? null : new OrderArchiving(redis, Partitions, archive, Tombstones, Options.Create(new StripeOptions()));
        Journal = archive is null ? null : new JournalArchiving(redis, archive, Archiving!);
        Transitions = new OrderTransitions(redis, Partitions, archiving: Archiving);
        Requests = new IdempotencyStore(redis, Partitions);
        Events = new EventStream(redis);
        Outbox = new WitnessOutbox(redis, Partitions, archive);
    }

    /// <summary>The id of an entry that no stream has, for transitions that no event caused.</summary>
    public static RedisValue NoEntry => "0-1";

    public IOrderArchive? Archive { get; }

    /// <summary>What moves orders to the archive; null without one.</summary>
    public OrderArchiving? Archiving { get; }

    public JournalArchiving? Journal { get; }

    public Tombstones Tombstones { get; }

    public IConnectionMultiplexer Redis { get; }

    public LedgerPartitions Partitions { get; }

    public OrderLedger Orders { get; }

    public OwnedOrders Owned { get; }

    public SubscriptionRenewals Renewals { get; }

    public OrderTransitions Transitions { get; }

    public IdempotencyStore Requests { get; }

    public EventStream Events { get; }

    public WitnessOutbox Outbox { get; }

    /// <summary>The run id of a Redis server, by which the ledger knows the server that holds it.</summary>
    public static async Task<string> FindRunAsync(IConnectionMultiplexer redis) => (await redis.GetServers()[0].InfoAsync("server"))
        .SelectMany(section => section).First(line => line.Key == "run_id").Value;

    public static string NewSessionId() => "cs_test_" + Guid.NewGuid().ToString("N");

    /// <summary>The sale of two mugs at 49.99 USD.</summary>
    public static NewOrder Sale(string id) => new()
    {
        SessionId = id,
        OrderRef = "ref_" + id,
        AmountSubtotal = 9998,
        AmountTotal = 9998,
        Currency = "usd",
        Livemode = false,
        Mode = "payment",
        ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
        CheckoutUrl = "http://localhost/c/pay/" + id,
        ProductId = "mug",
        ProductName = "Red mug",
        LineItems = [s_mugs],
    };

    /// <summary>Records that sale, or that of a subscription.</summary>
    public async Task<NewOrder> SellAsync(string? sessionId = null, string owner = "", string mode = "payment", long renewal = 9998, bool hasLines = true)
    {
        var order = Sale(sessionId ?? NewSessionId()) with
        {
            Mode = mode,
            Owner = owner,
            LineItems = !hasLines ? [] : [mode == "payment" ? s_mugs : s_mugs with { Quantity = 1, UnitAmount = renewal, Recurring = true }],
        };
        await Orders.RecordAsync(order);
        return order;
    }

    /// <summary>The fact that Stripe would report about that sale.</summary>
    public static CheckoutFact Fact(string sessionId, PaymentStatusChange fact = PaymentStatusChange.Paid) => new()
    {
        SessionId = sessionId,
        Fact = fact,
        Origin = SaleOrigin.Proven,
        PaymentStatus = fact is PaymentStatusChange.Paid ? "paid" : "unpaid",
        AmountSubtotal = 9998,
        AmountTotal = 9998,
        Currency = "usd",
        Livemode = false,
        PaymentIntent = "pi_" + sessionId,

        // The first script begins the ledger, which is younger than the fact if the machine stalls before it.
        CreatedAt = TimeProvider.System.GetUtcNow().AddMinutes(1),
        AsOf = TimeProvider.System.GetUtcNow().AddHours(1),
    };

    /// <summary>The state of a refund or a dispute.</summary>
    public static ReturnFact Return(ReturnKind kind, string id, string status, long amount, DateTimeOffset? asOf = null) => new()
    {
        Kind = kind,
        Id = id,
        Status = status,
        AsOf = asOf ?? DateTimeOffset.FromUnixTimeSeconds(1_795_600_000),
        Amount = amount,
        Currency = "usd",
    };

    public async Task<RedisValue> AppendAsync(
        string sessionId, RedisValue? body = null, string type = HandledEvents.CheckoutCompleted, string? eventId = null) =>
        await Events.AppendAsync(
            Partitions.Of(sessionId),
            new EventEntry(
                eventId ?? "evt_" + Guid.NewGuid().ToString("N"), type, sessionId, Livemode: false, "",
                TimeProvider.System.GetUtcNow(), body ?? "{}"));

    /// <summary>The id of the object that an entry of the events is about.</summary>
    public static string ObjectOf(StreamEntry stored) => EventEntry.TryRead(stored, out var entry)
        ? entry.ObjectId.ToString()
        : throw new InvalidOperationException($"The entry {stored.Id} holds no event.");
}
