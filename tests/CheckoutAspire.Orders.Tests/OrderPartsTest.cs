using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Tests;

/// <summary>A test of an order's parts: payment, returns, holds and fulfillment, which change independently.</summary>
public abstract class OrderPartsTest(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_795_600_000);

    private protected LedgerKit Ledger { get; } = new(redis.Server.Connection);

    private protected IDatabase Database => redis.Server.Database;

    private protected OperatorLedger Operators => new(redis.Server.Connection, Ledger.Partitions, Ledger.Orders);

    private protected LedgerPartition Partition => Ledger.Partitions.All[0];

    private protected async Task<string> FulfilledAsync()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await PayAsync(id);
        return id;
    }

    private protected Task<Transition> PayAsync(string id) => ApplyAsync(id, PaymentStatusChange.Paid);

    private protected Task<Transition> ReleaseAsync(string id) => ApplyAsync(id, PaymentStatusChange.None);

    private protected Task<Transition> ApplyAsync(string id, PaymentStatusChange change) => ApplyAsync(LedgerKit.Fact(id, change));

    private protected Task<Transition> ApplyAsync(CheckoutFact fact) => Ledger.Transitions.ApplyAsync(fact, "1-1", livemode: false, TimeSpan.Zero);

    private protected Task<Outcome> ChargeAsync(string id, long refunded) => RecordAsync(id, ReturnKind.Charge, "ch_1", "refunded", refunded, 0);

    private protected Task<Outcome> RefundAsync(string id, string refund, string status, long amount) =>
        RecordAsync(id, ReturnKind.Refund, refund, status, amount, 0);

    private protected Task<Outcome> DisputeAsync(string id, string dispute, string status, long amount, int later = 0) =>
        RecordAsync(id, ReturnKind.Dispute, dispute, status, amount, later);

    private protected Task<Outcome> RecordAsync(string id, ReturnKind kind, string returned, string status, long amount, int later) =>
        Ledger.Transitions.RecordReturnAsync(id, "1-1", new ReturnFact
        {
            Kind = kind,
            Id = returned,
            Status = status,
            AsOf = s_now.AddSeconds(later),
            Amount = amount,
            Currency = "usd",
        });

    private protected async Task<Order> FindAsync(string id) => (await Ledger.Orders.FindAsync(id))!;
}
