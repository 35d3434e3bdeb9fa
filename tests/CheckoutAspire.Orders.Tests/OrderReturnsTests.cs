using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Refunds, disputes, holds and decisions, which change independently.</summary>
public sealed class OrderReturnsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_795_600_000);

    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    private OperatorLedger Operators => new(redis.Server.Connection, _ledger.Partitions, _ledger.Orders);

    private LedgerPartition Partition => _ledger.Partitions.All[0];

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
        var id = (await _ledger.SellAsync()).SessionId;
        Assert.Equal(Outcome.NeedsReview, await DisputeAsync(id, "du_1", "warning_needs_response", 9998));
        Assert.Equal(0, (await FindAsync(id)).AmountDisputed);
        Assert.Equal(Outcome.NeedsReview, (await PayAsync(id)).Outcome);

        await DisputeAsync(id, "du_1", "warning_closed", 9998, later: 1);

        Assert.Equal((OrderFulfillment.Ready, OrderPayment.Paid), ((await FindAsync(id)).Fulfillment, (await FindAsync(id)).Payment));
        Assert.Equal(Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync(Partition.Held, id));
    }

    [Fact]
    public async Task A_refund_before_the_order_is_kept_and_holds_it()
    {
        var id = LedgerKit.NewSessionId();
        Assert.Equal(Outcome.NeedsReview, await RefundAsync(id, "re_1", "succeeded", 9998));
        Assert.Null(await _ledger.Orders.FindAsync(id));

        await _ledger.SellAsync(id);
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

    [Theory]
    [InlineData(PaymentStatusChange.Failed, OrderPayment.Failed)]
    [InlineData(PaymentStatusChange.Paid, OrderPayment.Paid)]
    public async Task After_a_hold_that_ended_the_payment_goes_on(PaymentStatusChange change, OrderPayment payment)
    {
        var id = (await _ledger.SellAsync()).SessionId;
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
        var id = (await _ledger.SellAsync()).SessionId;
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
        var id = (await _ledger.SellAsync()).SessionId;
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
        var id = (await _ledger.SellAsync()).SessionId;
        await DisputeAsync(id, "du_1", "warning_needs_response", 1);
        await DisputeAsync(id, "du_1", "warning_closed", 1, later: 1);

        Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 })).Outcome);

        Assert.Equal(2, (await FindAsync(id)).Hold);
        Assert.Equal(Decision.OtherHold, await Operators.DecideAsync(id, approve: true, "Ann", hold: 1));
    }

    [Fact]
    public async Task A_claim_after_a_hold_that_ended_before_the_payment_has_a_higher_fence_than_the_claim_before()
    {
        var (id, lease) = ((await _ledger.SellAsync()).SessionId, TimeSpan.FromMinutes(1));
        await DisputeAsync(id, "du_1", "needs_response", 1);
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann: a gift", unpaid: true));
        var gift = await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, PaymentStatusChange.None), "1-1", livemode: false, lease);
        await DisputeAsync(id, "du_2", "warning_needs_response", 1);
        await DisputeAsync(id, "du_2", "warning_closed", 1, later: 1);

        var paid = await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-2", livemode: false, lease);

        Assert.Equal((Outcome.Claimed, 1, Outcome.Claimed, 2), (gift.Outcome, gift.Fence, paid.Outcome, paid.Fence));
        Assert.Equal(Outcome.Stale, await _ledger.Transitions.FulfillAsync(id, "1-1", gift.Fence));
    }

    [Fact]
    public async Task An_approval_can_be_given_again_until_the_order_is_fulfilled()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 });
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann"));
        var entries = await redis.Server.Database.StreamLengthAsync(Partition.Events);

        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann"));

        Assert.Equal(entries + 1, await redis.Server.Database.StreamLengthAsync(Partition.Events));
        Assert.Equal(Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Equal(Decision.NotInReview, await Operators.DecideAsync(id, approve: true, "Ann"));
    }

    [Fact]
    public async Task Sold_in_usd_and_paid_in_eur_is_held_and_shows_what_was_paid()
    {
        var id = (await _ledger.SellAsync()).SessionId;

        await ApplyAsync(LedgerKit.Fact(id) with { Currency = "eur", AmountSubtotal = 2300, AmountTotal = 2300 });

        var order = await FindAsync(id);
        Assert.Equal((2300, 2300, "eur"), (order.AmountSubtotal, order.AmountTotal, order.Currency));
        Assert.Equal(new SoldAmount(9998, 9998, "usd"), order.Sold);
        Assert.Equal("currency usd was sold, eur was paid", order.Reason);
    }

    [Fact]
    public async Task A_session_that_only_claims_to_be_ours_is_held_until_its_record_arrives()
    {
        var id = LedgerKit.NewSessionId();

        Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed })).Outcome);
        Assert.Equal((OrderFulfillment.Held, OrderPayment.Paid), ((await FindAsync(id)).Fulfillment, (await FindAsync(id)).Payment));

        await _ledger.SellAsync(id);
        Assert.Equal(OrderFulfillment.Ready, (await FindAsync(id)).Fulfillment);
    }

    [Fact]
    public async Task A_record_that_arrives_for_another_amount_goes_on_holding_the_order()
    {
        var id = LedgerKit.NewSessionId();
        await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed, Currency = "eur", AmountSubtotal = 2300, AmountTotal = 2300 });

        await _ledger.SellAsync(id);

        var order = await FindAsync(id);
        Assert.Equal((OrderFulfillment.Held, "currency usd was sold, eur was paid"), (order.Fulfillment, order.Reason));
        Assert.Equal((new SoldAmount(9998, 9998, "usd"), 2300, "eur"), (order.Sold, order.AmountTotal, order.Currency));
    }

    [Fact]
    public async Task A_request_that_the_ledger_wrote_proves_a_session()
    {
        var id = LedgerKit.NewSessionId();
        await _ledger.Requests.BeginAsync(
            new("own_1", "key_" + id, TimeSpan.FromMinutes(1)), "digest", "{}", TimeSpan.FromMinutes(1), sale: new("ref_" + id, 9998, "usd"));

        var proven = await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed, Owner = "own_1", OrderRef = "ref_" + id });

        Assert.Equal(Outcome.Fulfilled, proven.Outcome);
    }

    [Fact]
    public async Task A_request_for_another_amount_holds_the_session()
    {
        var id = LedgerKit.NewSessionId();
        await _ledger.Requests.BeginAsync(
            new("own_1", "key_" + id, TimeSpan.FromMinutes(1)), "digest", "{}", TimeSpan.FromMinutes(1), sale: new("ref_" + id, 5000, "usd"));

        await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed, Owner = "own_1", OrderRef = "ref_" + id });

        Assert.Equal("amount_subtotal 5000 was sold, 9998 was paid", (await FindAsync(id)).Reason);
    }

    [Theory]
    [InlineData(null, OrderFulfillment.Held, OrderState.NeedsReview)]
    [InlineData("approved", OrderFulfillment.Ready, OrderState.Claimed)]
    [InlineData("rejected", OrderFulfillment.Rejected, OrderState.NeedsReview)]
    public async Task An_order_of_an_earlier_ledger_is_read_and_can_change(string? decision, OrderFulfillment fulfillment, OrderState state)
    {
        var id = LedgerKit.NewSessionId();
        await redis.Server.Database.HashSetAsync(
            Partition.Order(id),
            [
                new("state", "needs_review"), new("order_ref", "ref"), new("amount_subtotal", 9998), new("amount_total", 9998), new("currency", "usd"),
                new("livemode", 0), new("payment_status", "paid"), new("payment_intent", "pi_1"), new("reason", "disputed before it was fulfilled"),
                new("event:evt_1", "disputed"), new("disputed_amount", 9998), new("refunded_amount", 500),
                new("timeline", "1763884800123 created\n1763884800124 needs_review disputed before it was fulfilled\n"),
                .. decision is null ? (HashEntry[])[] : [new("decision", decision)],
            ]);
        await redis.Server.Database.SortedSetAddAsync(Partition.Owed, id, 1);

        var order = await FindAsync(id);
        Assert.Equal((fulfillment, state, OrderPayment.Paid, 500, 9998), (order.Fulfillment, order.State, order.Payment, order.AmountRefunded, order.AmountDisputed));
        Assert.Equal(decision is null, (await Operators.HeldAsync(null, 1000)).Items.Any(held => held.Order.SessionId == id));
        if (decision is null)
        {
            Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann"));
        }

        Assert.Equal(decision == "rejected" ? Outcome.Duplicate : Outcome.Fulfilled, (await ReleaseAsync(id)).Outcome);
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync(Partition.Owed, decision == "rejected" ? "" : id));
    }

    [Fact]
    public async Task An_order_that_was_approved_unpaid_stays_unpaid_when_it_is_held_for_a_missing_handler()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await ApplyAsync(id, PaymentStatusChange.Processing);
        await DisputeAsync(id, "du_1", "needs_response", 9998);
        Assert.Equal(Decision.Approved, await Operators.DecideAsync(id, approve: true, "Ann: a gift", unpaid: true));
        var release = LedgerKit.Fact(id, PaymentStatusChange.None);
        Assert.Equal(Outcome.Claimed, (await _ledger.Transitions.ApplyAsync(release, "1-1", livemode: false, TimeSpan.FromMinutes(1))).Outcome);
        await redis.Server.Database.HashSetAsync(Partition.Order(id), "lease_until", 0);

        // A worker without handlers.
        Assert.Equal(Outcome.NeedsReview, (await ReleaseAsync(id)).Outcome);

        var order = await FindAsync(id);
        Assert.Equal((OrderFulfillment.Held, OrderPayment.Processing), (order.Fulfillment, order.Payment));
    }

    private async Task<string> FulfilledAsync()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await PayAsync(id);
        return id;
    }

    private Task<Transition> PayAsync(string id) => ApplyAsync(id, PaymentStatusChange.Paid);

    private Task<Transition> ReleaseAsync(string id) => ApplyAsync(id, PaymentStatusChange.None);

    private Task<Transition> ApplyAsync(string id, PaymentStatusChange change) => ApplyAsync(LedgerKit.Fact(id, change));

    private Task<Transition> ApplyAsync(CheckoutFact fact) => _ledger.Transitions.ApplyAsync(fact, "1-1", livemode: false, TimeSpan.Zero);

    private Task<Outcome> ChargeAsync(string id, long refunded) => RecordAsync(id, ReturnKind.Charge, "ch_1", "refunded", refunded, 0);

    private Task<Outcome> RefundAsync(string id, string refund, string status, long amount) =>
        RecordAsync(id, ReturnKind.Refund, refund, status, amount, 0);

    private Task<Outcome> DisputeAsync(string id, string dispute, string status, long amount, int later = 0) =>
        RecordAsync(id, ReturnKind.Dispute, dispute, status, amount, later);

    private Task<Outcome> RecordAsync(string id, ReturnKind kind, string returned, string status, long amount, int later) =>
        _ledger.Transitions.RecordReturnAsync(id, "1-1", new ReturnFact
        {
            Kind = kind,
            Id = returned,
            Status = status,
            AsOf = s_now.AddSeconds(later),
            Amount = amount,
            Currency = "usd",
        });

    private async Task<Order> FindAsync(string id) => (await _ledger.Orders.FindAsync(id))!;
}
