using System.Globalization;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

public sealed class FailoverTests : FaultTest
{
    /// <summary>
    /// Replication is asynchronous, so the replica may lack the last writes that the master acknowledged. Reconciliation then restores
    /// them from Stripe, and the worker repeats an earlier call to the merchant with the same idempotency key.
    /// </summary>
    [Fact]
    public async Task After_a_failover_to_a_replica_every_paid_session_is_fulfilled_once()
    {
        await using var replica = await RedisServer.StartAsync(
            "--replicaof", "127.0.0.1", At.Redis.Port.ToString(CultureInfo.InvariantCulture));
        await At.AwaitAsync(
            async () => (string)(await replica.Database.ExecuteAsync("INFO", "replication"))!,
            info => info.Contains("master_link_status:up", StringComparison.Ordinal));
        (string, string)[] settings =
        [
            ("ConnectionStrings__redis", $"{At.Redis.ConnectionString},{replica.ConnectionString}"),
            ("Worker__ReconcileInterval", "00:00:02"),
        ];
        var receiver = await At.StartAsync(Installation.Receiver, settings);
        await At.StartAsync(Installation.Worker, settings);
        using var stripe = new StripeSender(() => receiver.Address);
        var sold = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => At.SellAsync()));

        var before = DeliverAsync(sold[..60]);
        await At.AwaitAsync(() => Task.FromResult<int?>(stripe.Accepted), accepted => accepted > 30);
        await At.Redis.KillAsync();
        Assert.Equal(503, await stripe.TryDeliverAsync(StripeEvents.Checkout(sold[^1]), Cancellation));
        await replica.Database.ExecuteAsync("REPLICAOF", "NO", "ONE");
        At.Stripe.Lists = true;
        await Task.WhenAll(before, DeliverAsync(sold[60..]));

        var ledger = new LedgerKit(replica.Connection);
        foreach (var session in sold)
        {
            var order = await At.AwaitAsync(() => ledger.Orders.FindAsync(session), found => found?.State is OrderState.Fulfilled);
            Assert.Equal(1, order!.Fulfillments);
            Assert.Single(Merchant.Of(session), outcome => outcome is MerchantOutcome.Effect);
        }

        Task DeliverAsync(IEnumerable<string> sessions) => Parallel.ForEachAsync(
            sessions,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation },
            async (sessionId, cancellation) => await stripe.DeliverAsync(StripeEvents.Checkout(sessionId), cancellation));
    }
}
