using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Holds, what ends them, and operators' decisions.</summary>
public sealed class OrderHoldsTests(RedisFixture redis) : OrderPartsTest(redis)
{
    [Theory]
    [InlineData(PaymentStatusChange.Failed, OrderPayment.Failed)]
    [InlineData(PaymentStatusChange.Paid, OrderPayment.Paid)]
    public async Task After_a_hold_that_ended_the_payment_goes_on(PaymentStatusChange change, OrderPayment payment)
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await ApplyAsync(id, PaymentStatusChange.Processing);
        await DisputeAsync(id, "du_1", "warning_needs_response", 1);
        await DisputeAsync(id, "du_1", "warning_closed", 1, later: 1);
        Assert.Equal((OrderFulfillment.None, OrderPayment.Processing), ((await FindAsync(id)).Fulfillment, (await FindAsync(id)).Payment));

        await ApplyAsync(id, change);

        Assert.Equal(payment, (await FindAsync(id)).Payment);
    }

    [Fact]
    public async Task A_payment_that_fails_while_the_order_is_held_is_recorded_and_not_approved_by_mistake()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await ApplyAsync(id, PaymentStatusChange.Processing);
        await DisputeAsync(id, "du_1", "needs_response", 1);
        Assert.Equal(Outcome.Failed, (await ApplyAsync(id, PaymentStatusChange.Failed)).Outcome);

        Assert.Equal(OrderPayment.Failed, (await FindAsync(id)).Payment);
        Assert.Equal(Decision.Unpaid, await Operators.DecideAsync(id, approve: true, "Ann"));
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann: a gift", unpaid: true));
        Assert.Equal(Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Equal((OrderFulfillment.Fulfilled, OrderPayment.Failed), ((await FindAsync(id)).Fulfillment, (await FindAsync(id)).Payment));
    }

    [Fact]
    public async Task A_dispute_after_an_approval_holds_again_and_can_be_rejected()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 });
        Assert.Equal(1, (await FindAsync(id)).Hold);
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann", hold: 1));

        Assert.Equal(Outcome.NeedsReview, await DisputeAsync(id, "du_1", "needs_response", 9998));
        Assert.Equal(2, (await FindAsync(id)).Hold);
        Assert.Equal(Outcome.Duplicate, (await ReleaseAsync(id)).Outcome);
        Assert.Equal(Decision.OtherHold, await Operators.DecideAsync(id, approve: true, "Ann", hold: 1));
        Assert.Equal(Decision.Rejected, await Operators.DecideAsync(id, approve: false, "Ann", hold: 2));

        Assert.Equal(OrderFulfillment.Rejected, (await FindAsync(id)).Fulfillment);
        Assert.Equal(Outcome.Duplicate, (await ReleaseAsync(id)).Outcome);
    }

    [Fact]
    public async Task A_hold_after_one_that_ended_before_the_payment_has_a_number_of_its_own()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await DisputeAsync(id, "du_1", "warning_needs_response", 1);
        await DisputeAsync(id, "du_1", "warning_closed", 1, later: 1);

        Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 })).Outcome);

        Assert.Equal(2, (await FindAsync(id)).Hold);
        Assert.Equal(Decision.OtherHold, await Operators.DecideAsync(id, approve: true, "Ann", hold: 1));
    }

    [Fact]
    public async Task A_claim_after_a_hold_that_ended_before_the_payment_has_a_higher_fence_than_the_claim_before()
    {
        var (id, lease) = ((await Ledger.SellAsync()).SessionId, TimeSpan.FromMinutes(1));
        await DisputeAsync(id, "du_1", "needs_response", 1);
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann: a gift", unpaid: true));
        var gift = await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.None), "1-1", livemode: false, lease);
        await DisputeAsync(id, "du_2", "warning_needs_response", 1);
        await DisputeAsync(id, "du_2", "warning_closed", 1, later: 1);

        var paid = await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-2", livemode: false, lease);

        Assert.Equal((Outcome.Claimed, 1, Outcome.Claimed, 2), (gift.Outcome, gift.Fence, paid.Outcome, paid.Fence));
        Assert.Equal(Outcome.Stale, await Ledger.Transitions.FulfillAsync(id, "1-1", gift.Fence));
    }

    [Fact]
    public async Task An_approval_can_be_given_again_until_the_order_is_fulfilled()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 });
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann"));
        var entries = await Database.StreamLengthAsync(Partition.Events);

        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann"));

        Assert.Equal(entries + 1, await Database.StreamLengthAsync(Partition.Events));
        Assert.Equal(Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Equal(Decision.NotInReview, await Operators.DecideAsync(id, approve: true, "Ann"));
    }

    [Theory]
    [InlineData(null, OrderFulfillment.Held, OrderState.NeedsReview)]
    [InlineData("approved", OrderFulfillment.Ready, OrderState.Claimed)]
    [InlineData("rejected", OrderFulfillment.Rejected, OrderState.NeedsReview)]
    public async Task An_order_of_an_earlier_ledger_is_read_and_can_change(string? decision, OrderFulfillment fulfillment, OrderState state)
    {
        var id = LedgerKit.NewSessionId();
        await Database.HashSetAsync(
            Partition.Order(id),
            [
                new("state", "needs_review"), new("order_ref", "ref"), new("amount_subtotal", 9998), new("amount_total", 9998), new("currency", "usd"),
                new("livemode", 0), new("payment_status", "paid"), new("payment_intent", "pi_1"), new("reason", "disputed before it was fulfilled"),
                new("event:evt_1", "disputed"), new("disputed_amount", 9998), new("refunded_amount", 500),
                new("timeline", "1763884800123 created\n1763884800124 needs_review disputed before it was fulfilled\n"),
                .. decision is null ? (HashEntry[])[] : [new("decision", decision)],
            ]);
        await Database.SortedSetAddAsync(Partition.Owed, id, 1);

        var order = await FindAsync(id);
        Assert.Equal((fulfillment, state, OrderPayment.Paid, 500, 9998), (order.Fulfillment, order.State, order.Payment, order.AmountRefunded, order.AmountDisputed));
        Assert.Equal(decision is null, (await Operators.HeldAsync(null, 1000)).Items.Any(held => held.Order.SessionId == id));
        if (decision is null)
        {
            Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann"));
        }

        Assert.Equal(decision == "rejected" ? Outcome.Duplicate : Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Null(await Database.SortedSetScoreAsync(Partition.Owed, decision == "rejected" ? "" : id));
    }

    [Fact]
    public async Task An_order_that_was_approved_unpaid_stays_unpaid_when_it_is_held_for_a_missing_handler()
    {
        var id = (await Ledger.SellAsync()).SessionId;
        await ApplyAsync(id, PaymentStatusChange.Processing);
        await DisputeAsync(id, "du_1", "needs_response", 9998);
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann: a gift", unpaid: true));
        var release = LedgerKit.Fact(id, PaymentStatusChange.None);
        Assert.Equal(Outcome.Claimed, (await Ledger.Transitions.ApplyAsync(release, "1-1", livemode: false, TimeSpan.FromMinutes(1))).Outcome);
        await Database.HashSetAsync(Partition.Order(id), "lease_until", 0);

        // A worker without handlers.
        Assert.Equal(Outcome.NeedsReview, (await ReleaseAsync(id)).Outcome);

        var order = await FindAsync(id);
        Assert.Equal((OrderFulfillment.Held, OrderPayment.Processing), (order.Fulfillment, order.Payment));
    }
}
