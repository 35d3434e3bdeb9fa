using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

public sealed class StreamFaultTests : FaultTest
{
    private static readonly (string, string) s_reconciling = ("Worker__ReconcileInterval", "00:00:01");

    [Fact]
    public async Task Poison_entries_are_dead_lettered_and_the_entries_behind_them_are_fulfilled()
    {
        var receiver = await StartReceiverAsync();
        using var stripe = new StripeSender(() => receiver.Address);
        var bad = LedgerKit.NewSessionId();
        var sold = await At.SellAsync();
        await stripe.DeliverAsync("no event"u8.ToArray(), Cancellation);
        await stripe.DeliverAsync(
            StripeEvents.Checkout(bad, change: root => root["data"]!["object"]!.AsObject().Remove("currency")), Cancellation);
        await stripe.DeliverAsync(StripeEvents.Checkout(sold), Cancellation);

        await StartWorkerAsync();

        await At.AwaitFulfilledOnceAsync(sold);
        var dead = await At.Database.StreamRangeAsync(At.Partition.Dead);
        // A delivery that was answered 503 although Redis had stored it comes again, and leaves a copy.
        Assert.Equal(["no event", bad], dead.Select(letter => (string?)letter["object"] ?? (string?)letter["body"]).Distinct());
        Assert.All(dead, letter => Assert.NotEmpty(letter["reason"].ToString()));
    }

    [Fact]
    public async Task Deleted_pending_entries_do_not_block_others_and_reconciliation_recovers_them()
    {
        var sold = await At.SellPaidAsync(2);
        await At.Ledger.Events.EnsureGroupAsync(At.Partition);
        var read = await At.Ledger.Events.ReadNewAsync(At.Partition, "dead", 2);
        var claimed = Assert.Single(read, entry => LedgerKit.ObjectOf(entry) == sold[1]);
        await At.Ledger.Transitions.ApplyAsync(LedgerKit.Fact(sold[1]), claimed.Id, livemode: false, TimeSpan.FromSeconds(1));
        Assert.Equal(2, await At.Database.StreamDeleteAsync(At.Partition.Events, [.. read.Select(entry => entry.Id)]));

        await StartWorkerAsync(s_reconciling);
        await At.AwaitFulfilledOnceAsync(await At.SellPaidAsync(3));
        Assert.Equal(OrderState.Created, (await At.FindAsync(sold[0]))!.State);

        At.Stripe.Lists = true;
        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Fact]
    public async Task A_lease_renewal_that_arrives_after_a_retry_was_scheduled_does_not_cancel_the_retry()
    {
        var sold = await At.SellPaidAsync(1);
        await At.Ledger.Events.EnsureGroupAsync(At.Partition);
        var entry = Assert.Single(await At.Ledger.Events.ReadNewAsync(At.Partition, "slow", 1));
        var hour = TimeSpan.FromHours(1);
        var claim = await At.Ledger.Transitions.ApplyAsync(LedgerKit.Fact(sold[0]), entry.Id, livemode: false, hour);
        Assert.Equal(Outcome.Postponed, await At.Ledger.Transitions.ScheduleRetryAsync(
            At.Partition, entry.Id, sold[0], claim.Fence, attempt: 1, allowed: 12, TimeSpan.FromMilliseconds(50), "It failed."));

        Assert.False(await At.Ledger.Transitions.RenewLeaseAsync(sold[0], entry.Id, claim.Fence, "slow", hour));

        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(sold);
    }

    [Fact]
    public async Task Reconciliation_leaves_dead_lettered_orders_to_operators()
    {
        Merchant.BeforeEffect = _ => Task.FromResult(false);
        await StartWorkerAsync(s_reconciling, ("Worker__MaxAttempts", "2"));
        var sold = await At.SellPaidAsync(1);
        await At.AwaitAsync(() => At.Database.StreamRangeAsync(At.Partition.Dead), dead => dead.Length == 1);

        // Only reconciliation can find this second session, so its fulfillment proves that reconciliation has listed both since.
        Merchant.BeforeEffect = call => Task.FromResult(call.Key != Merchant.KeyOf(sold[0]));
        At.Stripe.Lists = true;
        var witness = await At.SellAsync();
        await At.AwaitFulfilledOnceAsync(witness);

        Assert.Equal([MerchantOutcome.Failed, MerchantOutcome.Failed], Merchant.Of(sold[0]));
        Assert.Equal(1, await At.Database.StreamLengthAsync(At.Partition.Dead));
    }

    [Fact]
    public async Task A_consumer_with_pending_entries_is_not_removed()
    {
        var sold = await At.SellPaidAsync(1);
        await At.Ledger.Events.EnsureGroupAsync(At.Partition);
        Assert.Single(await At.Ledger.Events.ReadNewAsync(At.Partition, "dead", 1));

        Assert.False(await At.Ledger.Events.ForgetConsumerAsync(At.Partition, "dead"));
        await StartWorkerAsync();
        await At.AwaitFulfilledOnceAsync(sold);

        Assert.True(await At.Ledger.Events.ForgetConsumerAsync(At.Partition, "dead"));
        Assert.DoesNotContain(await At.Ledger.Events.ConsumersAsync(At.Partition), consumer => consumer.Name == "dead");
    }

    [Fact]
    public async Task Events_that_include_a_payment_are_fulfilled_once_in_every_order_of_arrival()
    {
        (string Type, string Status)[] all =
        [
            (HandledEvents.CheckoutCompleted, "unpaid"), (HandledEvents.AsyncPaymentSucceeded, "paid"),
            (HandledEvents.AsyncPaymentFailed, "unpaid"), (HandledEvents.CheckoutExpired, "unpaid"),
        ];
        await StartWorkerAsync();
        var histories = new List<(string SessionId, (string Type, string Status)[] Events)>();
        foreach (var events in Arrangements(all))
        {
            histories.Add((await At.SellAsync(), events));
        }

        Assert.Equal(64, histories.Count);
        for (var step = 0; step < all.Length; step++)
        {
            foreach (var (sessionId, events) in histories.Where(history => step < history.Events.Length))
            {
                await At.AppendAsync(sessionId, events[step].Type, events[step].Status);
            }

            await At.AwaitQuietAsync();
        }

        foreach (var (sessionId, events) in histories)
        {
            var paid = events.Any(one => one.Status == "paid");
            var order = await At.FindAsync(sessionId);
            Assert.Equal(paid ? OrderState.Fulfilled : Unpaid(events), order!.State);
            Assert.Equal(paid ? 1 : 0, order.Fulfillments);
            Assert.Equal(paid ? [MerchantOutcome.Effect] : [], Merchant.Of(sessionId));
        }
    }

    /// <summary>Without a payment, the first failure or expiry is final. A completion alone awaits the payment.</summary>
    private static OrderState Unpaid((string Type, string Status)[] events) =>
        events.FirstOrDefault(one => one.Type != HandledEvents.CheckoutCompleted).Type switch
        {
            HandledEvents.AsyncPaymentFailed => OrderState.Failed,
            HandledEvents.CheckoutExpired => OrderState.Expired,
            _ => OrderState.AwaitingPayment,
        };

    /// <summary>All permutations of all non-empty subsets.</summary>
    private static IEnumerable<T[]> Arrangements<T>(T[] all) => all.SelectMany((one, index) =>
        Arrangements<T>([.. all[..index], .. all[(index + 1)..]]).Select(rest => (T[])[one, .. rest]).Prepend([one]));
}
