using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>How an order is read, and which fields are written in addition to its state.</summary>
public sealed class StoredOrderTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    private LedgerPartition Partition => _ledger.Partitions.All[0];

    [Fact]
    public async Task Every_field_is_read_as_it_was_written()
    {
        var id = LedgerKit.NewSessionId();
        await redis.Server.Database.HashSetAsync(
            Partition.Order(id),
            [
                new("state", "claimed"), new("order_ref", "ref"), new("amount_subtotal", 9998), new("amount_total", 8998), new("currency", "usd"),
                new("livemode", 1), new("payment_status", "paid"), new("payment_intent", "pi_1"), new("mode", "payment"), new("expires_at", 1_763_884_800),
                new("checkout_url", "http://localhost/c"), new("product_id", "mug"), new("product_name", "Red mug"), new("client_reference_id", "cart_7"),
                new("owner", "own"), new("principal", "ann"), new("line_items", """[{"name":"Red mug","quantity":2,"unit_amount":4999}]"""),
                new("fulfilled_at", 1_763_884_801_000), new("reason", "why"), new("lease_until", 1_763_884_802_000),
                new("timeline", "1763884800123 created\n1763884800124 claimed fence 1\n"),
            ]);

        var order = (await _ledger.Orders.FindAsync(id))!;

        Assert.Equal((id, OrderState.Claimed, "ref", "fulfill/" + id), (order.SessionId, order.State, order.OrderRef, order.FulfillmentKey));
        Assert.Equal((9998, 8998, "usd", true), (order.AmountSubtotal, order.AmountTotal, order.Currency, order.Livemode));
        Assert.Equal(("paid", "pi_1", "payment"), (order.PaymentStatus, order.PaymentIntent, order.Mode));
        Assert.Equal(("http://localhost/c", "mug", "Red mug", "cart_7"), (order.CheckoutUrl, order.ProductId, order.ProductName, order.ClientReferenceId));
        Assert.Equal(("own", "ann", "why", 0), (order.Owner, order.Principal, order.Reason, order.Fulfillments));
        Assert.Equal(("Red mug", 2, 4999), order.LineItems.Select(line => (line.Name, line.Quantity, line.UnitAmount)).Single());
        Assert.Equal(
            [1_763_884_800_000, 1_763_884_801_000, 1_763_884_802_000],
            new[] { order.ExpiresAt, order.FulfilledAt, order.LeaseUntil }.Select(at => at!.Value.ToUnixTimeMilliseconds()));
        Assert.Equal(
            [(1_763_884_800_123, "created", ""), (1_763_884_800_124, "claimed", "fence 1")],
            order.Timeline.Select(step => (step.At.ToUnixTimeMilliseconds(), step.What, step.Detail)));
    }

    [Theory]
    [InlineData("", "paid")]
    [InlineData("unpaid", "paid")]
    [InlineData("no_payment_required", "no_payment_required")]
    public async Task A_fulfilled_order_reads_its_payment_and_its_fulfillment_from_state_and_timeline(string stored, string status)
    {
        var id = LedgerKit.NewSessionId();
        await redis.Server.Database.HashSetAsync(
            Partition.Order(id),
            [
                new("state", "fulfilled"), new("payment_status", stored),
                new("timeline", "1763884800123 created\n1763884800125 fulfilled fence 1\n1763884800130 witnessed\n"),
            ]);

        var order = (await _ledger.Orders.FindAsync(id))!;

        Assert.Equal((status, 1, 1_763_884_800_125), (order.PaymentStatus, order.Fulfillments, order.FulfilledAt!.Value.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public async Task Values_that_an_order_does_not_have_are_absent()
    {
        var id = LedgerKit.NewSessionId();
        await redis.Server.Database.HashSetAsync(Partition.Order(id), "state", "created");

        var order = (await _ledger.Orders.FindAsync(id))!;

        Assert.Equal(("unpaid", null, null, false), (order.PaymentStatus, order.PaymentIntent, order.Mode, order.Livemode));
        Assert.Equal((null, null, null), (order.ExpiresAt, order.FulfilledAt, order.LeaseUntil));
        Assert.Equal(("", "", "", ""), (order.ProductId, order.ProductName, order.ClientReferenceId, order.Owner));
        Assert.Equal((null, null, null), (order.CheckoutUrl, order.Principal, order.Reason));
        Assert.Empty(order.LineItems);
        Assert.Empty(order.Timeline);
    }

    [Fact]
    public async Task A_new_order_has_exactly_the_recorded_values()
    {
        var id = LedgerKit.NewSessionId();
        await _ledger.Orders.RecordAsync(new NewOrder
        {
            SessionId = id,
            OrderRef = "ref",
            AmountSubtotal = 100,
            AmountTotal = 100,
            Currency = "usd",
            Livemode = false,
            Mode = "payment",
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_763_884_800),
            CheckoutUrl = "http://localhost/c",
        });

        var order = (await _ledger.Orders.FindAsync(id))!;

        Assert.Equal(("", "", "", "", null), (order.ProductId, order.ProductName, order.ClientReferenceId, order.Owner, order.Principal));
        Assert.Empty(order.LineItems);
        Assert.Null(await _ledger.Orders.FindAsync("cs_unknown"));
    }

    [Fact]
    public async Task A_paid_order_knows_its_payment()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-1", livemode: false, TimeSpan.Zero);

        var order = (await _ledger.Orders.FindAsync(id))!;

        Assert.Equal(("paid", "pi_" + id), (order.PaymentStatus, order.PaymentIntent));
    }

    [Fact]
    public async Task A_later_claim_knows_which_handlers_an_earlier_one_finished()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-1", livemode: false, TimeSpan.FromMilliseconds(1));
        Assert.True(await _ledger.Transitions.CompleteHandlerAsync(id, fence: 1, "ship", TimeSpan.FromMilliseconds(1)));

        var claim = await Eventually.GetAsync(
            () => _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-1", livemode: false, s_minute),
            transition => transition.Outcome is Outcome.Claimed,
            TestContext.Current.CancellationToken);

        Assert.Equal(2, claim.Fence);
        Assert.Equal(["ship"], claim.Done);
        Assert.False(await _ledger.Transitions.CompleteHandlerAsync(id, fence: 1, "mail", s_minute));
    }

    [Fact]
    public async Task Only_the_claim_s_own_fence_renews_its_lease_or_sets_it_aside()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await _ledger.Events.EnsureGroupAsync(Partition);
        var entry = await _ledger.AppendAsync(id);
        await _ledger.Events.ReadNewAsync(Partition, "consumer", 100);
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), entry, livemode: false, s_minute);

        Assert.False(await _ledger.Transitions.RenewLeaseAsync(id, entry, fence: 2, "consumer", s_minute));
        Assert.True(await _ledger.Transitions.RenewLeaseAsync(id, entry, fence: 1, "consumer", s_minute));
        Assert.Equal(Outcome.Stale, await _ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence: 2, attempt: 1, allowed: 3, s_minute, "late"));
        Assert.Equal(Outcome.Postponed, await _ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence: 1, attempt: 1, allowed: 3, s_minute, "failed"));
        Assert.Equal(Outcome.Gone, await _ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence: null, attempt: 1, allowed: 3, s_minute, "again"));
    }

    [Fact]
    public async Task An_entry_that_is_set_aside_without_knowing_of_its_claim_claims_again_when_it_is_due()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await _ledger.Events.EnsureGroupAsync(Partition);
        var entry = await _ledger.AppendAsync(id);
        await _ledger.Events.ReadNewAsync(Partition, "consumer", 100);

        // The reply is lost, or a worker that was paused fails after another one has taken the entry over.
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), entry, livemode: false, s_minute);
        await _ledger.Transitions.ScheduleRetryAsync(Partition, entry, id, fence: null, attempt: 1, allowed: 3, TimeSpan.Zero, "failed");

        var retried = await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "9-9", livemode: false, s_minute);
        Assert.Equal((Outcome.Claimed, 2), (retried.Outcome, retried.Fence));
    }

    [Fact]
    public async Task A_session_that_the_witness_restored_has_its_payment()
    {
        var id = LedgerKit.NewSessionId();

        Assert.Equal(
            Outcome.Fulfilled,
            await _ledger.Transitions.RestoreAsync(LedgerKit.Fact(id), "1-1", DateTimeOffset.FromUnixTimeMilliseconds(1_763_884_800_000)));

        var order = (await _ledger.Orders.FindAsync(id))!;
        Assert.Equal(("paid", "pi_" + id, ""), (order.PaymentStatus, order.PaymentIntent, order.Owner));
        Assert.DoesNotContain(await _ledger.Owned.ListAsync("", after: null, 1000), listed => listed.SessionId == id);
    }

    [Fact]
    public async Task A_scheduled_retry_has_the_time_when_it_is_due()
    {
        await using var own = await RedisServer.StartAsync();
        var ledger = new LedgerKit(own.Connection);
        await ledger.Events.EnsureGroupAsync(Partition);
        Assert.Null((await ledger.Events.ReturnDueAsync(Partition, 10)).Next);

        await ScheduleRetryAsync(s_minute);
        Assert.InRange((await ledger.Events.ReturnDueAsync(Partition, 10)).Next!.Value, TimeSpan.FromSeconds(30), s_minute);

        await ScheduleRetryAsync(TimeSpan.Zero);
        await ScheduleRetryAsync(TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, (await ledger.Events.ReturnDueAsync(Partition, 1)).Next);

        async Task ScheduleRetryAsync(TimeSpan delay)
        {
            var entry = await ledger.AppendAsync("cs_1");
            await ledger.Events.ReadNewAsync(Partition, "consumer", 1);
            await ledger.Transitions.ScheduleRetryAsync(Partition, entry, "cs_1", fence: null, attempt: 1, allowed: 3, delay, "failed");
        }
    }

    [Fact]
    public async Task Verified_bytes_that_are_not_an_event_are_stored_with_the_reason()
    {
        await _ledger.Events.DeadLetterAsync(Partition, "not json", DateTimeOffset.FromUnixTimeMilliseconds(1_763_884_800_123), "no object");

        var dead = (await redis.Server.Database.StreamRangeAsync(Partition.Dead))[^1];
        Assert.Equal(
            ["received_at=1763884800123", "body=not json", "reason=no object", "attempts=0"], dead.Values.Select(field => $"{field.Name}={field.Value}"));
    }

    [Fact]
    public async Task An_order_whose_key_holds_something_else_is_named()
    {
        var id = LedgerKit.NewSessionId();
        await redis.Server.Database.StringSetAsync(Partition.Order(id), "x");

        var refused = await Assert.ThrowsAsync<RedisServerException>(
            () => _ledger.Transitions.ApplyAsync(LedgerKit.Fact(id), "1-1", livemode: false, TimeSpan.Zero));

        Assert.Equal($"WRONGTYPE The key of order {id} holds something else.", refused.Message);
    }
}
