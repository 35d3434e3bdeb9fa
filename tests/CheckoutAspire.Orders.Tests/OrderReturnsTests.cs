using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Refunds and disputes.</summary>
public sealed class OrderReturnsTests(RedisFixture redis) : OrderPartsTest(redis)
{
    [Fact]
    public async Task A_refund_that_fails_refunds_nothing_and_a_later_one_counts_in_full()
    {
        var id = await FulfilledAsync();
        await ChargeAsync(id, 9998);
        await RefundAsync(id, "re_1", "succeeded", 9998);
        Assert.Equal(9998, (await FindAsync(id)).AmountRefunded);

        await RefundAsync(id, "re_1", "failed", 9998);
        Assert.Equal(0, (await FindAsync(id)).AmountRefunded);

        await ChargeAsync(id, 500);
        Assert.Equal(500, (await FindAsync(id)).AmountRefunded);

        await RefundAsync(id, "re_2", "succeeded", 500);
        var order = await FindAsync(id);
        Assert.Equal((500, OrderFulfillment.Fulfilled), (order.AmountRefunded, order.Fulfillment));
        Assert.Equal(["re_1 failed", "re_2 succeeded"], order.Refunds.Select(refund => $"{refund.Id} {refund.Status}").Order(StringComparer.Ordinal));
        Assert.Equal(["refunded", "refund_failed", "refunded"], order.Timeline.Skip(2).Select(step => step.What));
    }

    [Fact]
    public async Task A_late_copy_of_a_refund_changes_nothing()
    {
        var id = await FulfilledAsync();
        await RefundAsync(id, "re_1", "failed", 9998);

        Assert.Equal(Outcome.Duplicate, await RefundAsync(id, "re_1", "succeeded", 9998));
        Assert.Equal(Outcome.Duplicate, await RefundAsync(id, "re_1", "failed", 9998));
        Assert.Equal(0, (await FindAsync(id)).AmountRefunded);
    }

    [Fact]
    public async Task Two_disputes_are_their_sum_and_a_won_one_withholds_nothing()
    {
        var id = await FulfilledAsync();
        await DisputeAsync(id, "du_1", "needs_response", 1000);
        await DisputeAsync(id, "du_2", "needs_response", 2000);
        Assert.Equal(3000, (await FindAsync(id)).AmountDisputed);

        await DisputeAsync(id, "du_1", "won", 1000, later: 1);
        Assert.Equal(2000, (await FindAsync(id)).AmountDisputed);

        await DisputeAsync(id, "du_2", "lost", 2000, later: 2);
        var order = await FindAsync(id);
        Assert.Equal((2000, OrderState.Fulfilled), (order.AmountDisputed, order.State));
        Assert.Equal(["disputed", "disputed", "dispute_won", "dispute_lost"], order.Timeline.Skip(2).Select(step => step.What));
    }

    [Fact]
    public async Task A_closed_inquiry_withheld_nothing_and_holds_the_order_no_longer()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        Assert.Equal(Outcome.NeedsReview, await DisputeAsync(id, "du_1", "warning_needs_response", 9998));
        Assert.Equal(0, (await FindAsync(id)).AmountDisputed);
        Assert.Equal(Outcome.NeedsReview, (await PayAsync(id)).Outcome);

        await DisputeAsync(id, "du_1", "warning_closed", 9998, later: 1);

        Assert.Equal((OrderFulfillment.Ready, OrderPayment.Paid), ((await FindAsync(id)).Fulfillment, (await FindAsync(id)).Payment));
        Assert.Equal(Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Null(await Database.SortedSetScoreAsync(Partition.Held, id));
    }

    [Fact]
    public async Task A_refund_before_the_order_is_kept_and_holds_it()
    {
        var id = LedgerKit.NewSessionId();
        Assert.Equal(Outcome.NeedsReview, await RefundAsync(id, "re_1", "succeeded", 9998));
        Assert.Null(await Ledger.Orders.FindAsync(id));

        await Ledger.SellAsync(id);
        Assert.Equal(Outcome.NeedsReview, (await PayAsync(id)).Outcome);

        var order = await FindAsync(id);
        Assert.Equal((OrderFulfillment.Held, OrderPayment.Paid, 9998), (order.Fulfillment, order.Payment, order.AmountRefunded));
    }

    [Fact]
    public async Task A_refund_before_an_order_that_is_recorded_from_its_event_holds_it()
    {
        var id = LedgerKit.NewSessionId();
        await RefundAsync(id, "re_1", "succeeded", 9998);

        Assert.Equal(Outcome.NeedsReview, (await PayAsync(id)).Outcome);

        Assert.Equal((OrderFulfillment.Held, OrderPayment.Paid), ((await FindAsync(id)).Fulfillment, (await FindAsync(id)).Payment));
    }

    [Fact]
    public async Task A_refund_that_fails_before_the_order_is_known_leaves_its_dispute_standing()
    {
        var id = LedgerKit.NewSessionId();
        await DisputeAsync(id, "du_1", "needs_response", 9998);
        await RefundAsync(id, "re_1", "succeeded", 500);
        await RefundAsync(id, "re_1", "failed", 500);

        Assert.Equal(Outcome.NeedsReview, (await PayAsync(id)).Outcome);

        Assert.Equal(("disputed before it was fulfilled", 0), ((await FindAsync(id)).Reason, (await FindAsync(id)).Fulfillments));
    }

    [Fact]
    public async Task A_charge_whose_event_arrives_after_its_refund_failed_refunds_nothing()
    {
        var id = await FulfilledAsync();
        await RefundAsync(id, "re_1", "succeeded", 500);
        await RefundAsync(id, "re_1", "failed", 500);

        await ChargeAsync(id, 500);

        Assert.Equal(0, (await FindAsync(id)).AmountRefunded);
    }
}
