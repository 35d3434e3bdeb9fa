using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Orders.Tests;

public sealed class OrderTransitionsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    [Fact]
    public async Task A_paid_session_is_fulfilled_and_its_entry_settled_in_one_step()
    {
        var sold = await _ledger.SellAsync();
        var entry = await DeliverAsync(sold.SessionId);

        var transition = await ApplyAsync(sold.SessionId, entry);

        Assert.Equal(Outcome.Fulfilled, transition.Outcome);
        var order = await FindAsync(sold.SessionId);
        Assert.Equal(OrderState.Fulfilled, order.State);
        Assert.Equal(1, order.Fulfillments);
        Assert.Equal("paid", order.PaymentStatus);
        Assert.NotNull(order.FulfilledAt);
        Assert.Equal(["created", "fulfilled"], order.Timeline.Select(step => step.What));
        Assert.False(await IsPendingAsync(entry));
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync(Partition.Open, sold.SessionId));
    }

    [Fact]
    public async Task Fifty_copies_applied_at_once_fulfill_once()
    {
        var sold = await _ledger.SellAsync();
        var entries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => DeliverAsync(sold.SessionId)));

        var transitions = await Task.WhenAll(entries.Select(entry => ApplyAsync(sold.SessionId, entry)));

        Assert.Single(transitions, transition => transition.Outcome is Outcome.Fulfilled);
        Assert.Equal(49, transitions.Count(transition => transition.Outcome is Outcome.Duplicate));
        Assert.Equal(1, (await FindAsync(sold.SessionId)).Fulfillments);
    }

    [Fact]
    public async Task An_unpaid_completion_waits_for_the_money()
    {
        var sold = await _ledger.SellAsync();

        Assert.Equal(Outcome.AwaitingPayment, (await ApplyAsync(sold.SessionId, fact: PaymentStatusChange.Processing)).Outcome);
        Assert.Equal(OrderState.AwaitingPayment, (await FindAsync(sold.SessionId)).State);

        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(sold.SessionId)).Outcome);
    }

    [Theory]
    [InlineData(PaymentStatusChange.Failed, OrderState.Failed)]
    [InlineData(PaymentStatusChange.Expired, OrderState.Expired)]
    public async Task A_session_that_ended_unpaid_is_fulfilled_only_on_proof(PaymentStatusChange ended, OrderState state)
    {
        var sold = await _ledger.SellAsync();

        await ApplyAsync(sold.SessionId, fact: ended);
        Assert.Equal(state, (await FindAsync(sold.SessionId)).State);
        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(sold.SessionId, fact: PaymentStatusChange.Processing)).Outcome);
        Assert.Equal(state, (await FindAsync(sold.SessionId)).State);

        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(sold.SessionId)).Outcome);
    }

    [Theory]
    [InlineData(PaymentStatusChange.Processing)]
    [InlineData(PaymentStatusChange.Failed)]
    [InlineData(PaymentStatusChange.Expired)]
    [InlineData(PaymentStatusChange.Paid)]
    public async Task Nothing_leads_away_from_fulfilled(PaymentStatusChange late)
    {
        var sold = await _ledger.SellAsync();
        await ApplyAsync(sold.SessionId);

        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(sold.SessionId, fact: late)).Outcome);
        var order = await FindAsync(sold.SessionId);
        Assert.Equal((OrderState.Fulfilled, 1), (order.State, order.Fulfillments));
    }

    [Theory]
    [InlineData(9997, "usd", false, "amount_subtotal 9998 was sold, 9997 was paid")]
    [InlineData(9998, "eur", false, "currency usd was sold, eur was paid")]
    [InlineData(9998, "usd", true, "livemode differs from what was sold")]
    public async Task A_payment_that_does_not_match_the_sale_is_reviewed_and_not_fulfilled(long subtotal, string currency, bool livemode, string reason)
    {
        var sold = await _ledger.SellAsync();
        var fact = LedgerKit.Fact(sold.SessionId) with { AmountSubtotal = subtotal, Currency = currency, Livemode = livemode };

        Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(fact)).Outcome);

        var order = await FindAsync(sold.SessionId);
        Assert.Equal((OrderState.NeedsReview, 0, reason), (order.State, order.Fulfillments, order.Reason));
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync(Partition.Owed, sold.SessionId));
        Assert.NotNull(await redis.Server.Database.SortedSetScoreAsync(Partition.Held, sold.SessionId));
        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(sold.SessionId)).Outcome);
    }

    [Fact]
    public async Task The_total_may_differ_from_what_was_sold_by_a_discount()
    {
        var sold = await _ledger.SellAsync();

        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(LedgerKit.Fact(sold.SessionId) with { AmountTotal = 8998, TotalVaries = true })).Outcome);
        Assert.Equal(8998, (await FindAsync(sold.SessionId)).AmountTotal);
    }

    [Fact]
    public async Task A_total_that_nothing_may_change_is_held_when_it_differs()
    {
        var sold = await _ledger.SellAsync();

        Assert.Equal(Outcome.NeedsReview, (await ApplyAsync(LedgerKit.Fact(sold.SessionId) with { AmountTotal = 8998 })).Outcome);
        Assert.Equal("amount_total 9998 was sold, 8998 was paid", (await FindAsync(sold.SessionId)).Reason);
    }

    [Fact]
    public async Task Our_session_that_the_ledger_never_recorded_is_recorded_and_fulfilled()
    {
        var lost = LedgerKit.NewSessionId();

        Assert.Equal(Outcome.Fulfilled, (await ApplyAsync(LedgerKit.Fact(lost) with { OrderRef = "ref_lost" })).Outcome);

        var order = await FindAsync(lost);
        Assert.Equal((OrderState.Fulfilled, 1, 9998, "usd", "ref_lost"),
            (order.State, order.Fulfillments, order.AmountSubtotal, order.Currency, order.OrderRef));
    }

    [Fact]
    public async Task Recording_a_session_after_its_event_keeps_it_fulfilled()
    {
        var id = LedgerKit.NewSessionId();
        await ApplyAsync(LedgerKit.Fact(id));

        await _ledger.SellAsync(id);

        var order = await FindAsync(id);
        Assert.Equal((OrderState.Fulfilled, 1, "Red mug"), (order.State, order.Fulfillments, order.ProductName));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Another_integrations_or_another_modes_session_is_settled_and_left_alone(bool ours, bool livemode)
    {
        var foreign = LedgerKit.NewSessionId();
        var entry = await DeliverAsync(foreign);

        Assert.Equal(Outcome.Foreign, (await ApplyAsync(LedgerKit.Fact(foreign) with { Origin = ours ? SaleOrigin.Proven : SaleOrigin.Foreign, Livemode = livemode }, entry)).Outcome);

        Assert.Null(await _ledger.Orders.FindAsync(foreign));
        Assert.False(await IsPendingAsync(entry));
    }

    [Fact]
    public async Task A_claim_keeps_its_entry_pending_until_the_fulfillment_is_committed()
    {
        var sold = await _ledger.SellAsync();
        var entry = await DeliverAsync(sold.SessionId);

        var claim = await ApplyAsync(sold.SessionId, entry, lease: s_lease);
        Assert.Equal((Outcome.Claimed, 1), (claim.Outcome, claim.Fence));
        Assert.True(await IsPendingAsync(entry));
        Assert.NotNull(await redis.Server.Database.SortedSetScoreAsync(Partition.Owed, sold.SessionId));

        Assert.Equal(Outcome.Fulfilled, await _ledger.Transitions.FulfillAsync(sold.SessionId, entry, claim.Fence));
        Assert.False(await IsPendingAsync(entry));
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync(Partition.Owed, sold.SessionId));
    }

    [Fact]
    public async Task While_a_claim_is_held_its_own_entry_is_busy_and_a_copy_is_a_duplicate()
    {
        var sold = await _ledger.SellAsync();
        var entry = await DeliverAsync(sold.SessionId);
        var copy = await DeliverAsync(sold.SessionId);
        await ApplyAsync(sold.SessionId, entry, lease: s_lease);

        Assert.Equal(Outcome.Busy, (await ApplyAsync(sold.SessionId, entry, lease: s_lease)).Outcome);
        Assert.True(await IsPendingAsync(entry));
        Assert.Equal(Outcome.Duplicate, (await ApplyAsync(sold.SessionId, copy, lease: s_lease)).Outcome);
        Assert.False(await IsPendingAsync(copy));
    }

    [Fact]
    public async Task A_worker_whose_lease_ran_out_is_fenced_off()
    {
        var sold = await _ledger.SellAsync();
        var entry = await DeliverAsync(sold.SessionId);
        var slow = await ApplyAsync(sold.SessionId, entry, lease: TimeSpan.FromMilliseconds(1));
        var next = await Eventually.GetAsync(
            () => ApplyAsync(sold.SessionId, entry, lease: s_lease),
            transition => transition.Outcome is Outcome.Claimed,
            TestContext.Current.CancellationToken);

        Assert.Equal(Outcome.Stale, await _ledger.Transitions.FulfillAsync(sold.SessionId, entry, slow.Fence));
        Assert.True(await IsPendingAsync(entry));
        Assert.Equal(Outcome.Fulfilled, await _ledger.Transitions.FulfillAsync(sold.SessionId, entry, next.Fence));
        Assert.Equal(Outcome.Duplicate, await _ledger.Transitions.FulfillAsync(sold.SessionId, entry, next.Fence));
    }

    [Fact]
    public async Task A_key_of_another_type_fails_the_step_before_anything_is_written()
    {
        var kit = new LedgerKit(redis.Server.Connection, partitions: 7);
        var partition = kit.Partitions.All.First(candidate => candidate.Number != 0);
        var id = Enumerable.Range(0, 1000).Select(n => $"cs_test_wrong{n}").First(candidate => kit.Partitions.Of(candidate) == partition);
        await kit.SellAsync(id);
        await redis.Server.Database.StringSetAsync(partition.Owed, "not a sorted set");

        await Assert.ThrowsAsync<RedisServerException>(() => kit.Transitions.ApplyAsync(
            LedgerKit.Fact(id), "0-1", livemode: false, TimeSpan.Zero));

        Assert.Equal(OrderState.Created, (await kit.Orders.FindAsync(id))!.State);
    }

    [Fact]
    public async Task An_order_whose_key_holds_something_else_fails_alone()
    {
        var sold = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _ledger.SellAsync()));
        var (wrong, right) = (sold[5].SessionId, sold.Where((_, index) => index != 5).Select(order => order.SessionId).ToArray());
        await redis.Server.Database.KeyDeleteAsync(Partition.Order(wrong));
        await redis.Server.Database.StringSetAsync(Partition.Order(wrong), "not an order");
        var entry = await _ledger.AppendAsync(wrong);

        var failing = ApplyAsync(wrong, entry);
        var transitions = await Task.WhenAll(right.Select(id => ApplyAsync(id)));

        Assert.All(transitions, transition => Assert.Equal(Outcome.Fulfilled, transition.Outcome));
        await Assert.ThrowsAsync<RedisServerException>(() => failing);
        Assert.Single(await redis.Server.Database.StreamRangeAsync(Partition.Events, entry, entry));
    }

    private LedgerPartition Partition => _ledger.Partitions.All[0];

    private Task<Transition> ApplyAsync(
        string sessionId, RedisValue? entry = null, PaymentStatusChange fact = PaymentStatusChange.Paid, TimeSpan lease = default) =>
        ApplyAsync(LedgerKit.Fact(sessionId, fact), entry, lease);

    private Task<Transition> ApplyAsync(CheckoutFact fact, RedisValue? entry = null, TimeSpan lease = default) =>
        _ledger.Transitions.ApplyAsync(
            fact, entry ?? "0-1", livemode: false, lease);

    private async Task<Order> FindAsync(string sessionId)
    {
        var order = await _ledger.Orders.FindAsync(sessionId);
        Assert.NotNull(order);
        return order;
    }

    /// <summary>An entry in the stream that a consumer has read and that is therefore pending.</summary>
    private async Task<RedisValue> DeliverAsync(string sessionId)
    {
        await _ledger.Events.EnsureGroupAsync(Partition);
        var id = await _ledger.AppendAsync(sessionId);
        await _ledger.Events.ReadNewAsync(Partition, "test", 1000);
        return id;
    }

    private async Task<bool> IsPendingAsync(RedisValue entry)
    {
        var pending = await redis.Server.Database.StreamPendingMessagesAsync(Partition.Events, EventStream.Group, 1, RedisValue.Null, entry, entry);
        var stored = await redis.Server.Database.StreamRangeAsync(Partition.Events, entry, entry);
        Assert.Equal(pending.Length, stored.Length);
        return pending.Length == 1;
    }
}
