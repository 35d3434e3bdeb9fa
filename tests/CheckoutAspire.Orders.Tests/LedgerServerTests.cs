using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

/// <summary>The ledger records which Redis server holds it. Orders that are older than that server are fulfilled only after asking the witness at Stripe.</summary>
public sealed class LedgerServerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    private LedgerPartition Partition => _ledger.Partitions.All[0];

    [Theory]
    [InlineData("1763884800123")]
    [InlineData("1763884800123 0123456789abcdef0123456789abcdef01234567 0")]
    public async Task A_fact_that_is_older_than_the_server_waits_for_the_witness(string epoch)
    {
        var before = await SellOnServerAsync(epoch);

        var due = await ApplyAsync(before, AsOf(minutes: -1));

        Assert.Equal(Outcome.WitnessDue, due.Outcome);
        Assert.Equal(OrderState.Created, (await _ledger.Orders.FindAsync(before))!.State);
        var stamp = (await redis.Server.Database.StringGetAsync(Partition.Epoch)).ToString().Split(' ');
        Assert.Equal(("1763884800123", await LedgerKit.FindRunAsync(redis.Server.Connection), due.ServerSince.ToString(CultureInfo.InvariantCulture)), (stamp[0], stamp[1], stamp[2]));
        Assert.Equal(due.ServerSince, (await new LedgerServers(redis.Server.Connection, _ledger.Partitions).FindChangeAsync())!.Value.ToUnixTimeMilliseconds());

        var asked = await ApplyAsync(before, AsOf(minutes: -1), due.ServerSince);
        Assert.Equal(Outcome.Claimed, asked.Outcome);
        Assert.True(asked.Fence >= due.ServerSince, "The fence is beyond those of the server before.");
    }

    [Fact]
    public async Task A_fact_that_is_younger_than_the_server_does_not_ask_and_its_fence_is_beyond_those_of_the_server_before()
    {
        var lost = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var sold = await SellOnServerAsync("1763884800123 0123456789abcdef0123456789abcdef01234567 0");

        var transition = await ApplyAsync(sold, AsOf(minutes: 1));

        // The order may have been claimed in a part of the ledger that Redis has lost, and the merchant remembers that fence.
        Assert.Equal(Outcome.Claimed, transition.Outcome);
        Assert.True(transition.Fence >= lost, $"{transition.Fence} is lower than a fence of the server before, {lost}.");
    }

    [Fact]
    public async Task On_the_first_server_only_facts_from_a_list_ask_the_witness()
    {
        await redis.Server.Database.KeyDeleteAsync(Partition.Epoch);
        var (paid, listed) = ((await _ledger.SellAsync()).SessionId, (await _ledger.SellAsync()).SessionId);

        Assert.Equal(Outcome.Claimed, (await ApplyAsync(paid, AsOf(minutes: -1))).Outcome);
        var due = await ApplyAsync(listed, asOf: null);
        Assert.Equal((Outcome.WitnessDue, 0), (due.Outcome, due.ServerSince));
        Assert.Equal(Outcome.Claimed, (await ApplyAsync(listed, asOf: null, askedSince: 0)).Outcome);
        Assert.Null(await new LedgerServers(redis.Server.Connection, _ledger.Partitions).FindChangeAsync());
    }

    [Fact]
    public async Task What_was_asked_on_one_server_asks_again_on_the_next()
    {
        var sold = await SellOnServerAsync("1763884800123 0123456789abcdef0123456789abcdef01234567 0");
        var due = await ApplyAsync(sold, AsOf(minutes: -1));

        var again = await ApplyAsync(sold, AsOf(minutes: -1), due.ServerSince - 1);

        Assert.Equal(Outcome.WitnessDue, again.Outcome);
    }

    [Fact]
    public async Task An_order_that_the_witness_has_is_fulfilled_and_keeps_what_was_paid()
    {
        var sold = await SellOnServerAsync("1763884800123 0123456789abcdef0123456789abcdef01234567 0");
        var entry = await _ledger.AppendAsync(sold);
        var fact = LedgerKit.Fact(sold) with { AmountTotal = 9000, Subscription = "sub_1" };
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_795_600_000_000);

        Assert.Equal(Outcome.Fulfilled, await _ledger.Transitions.WitnessAsync(fact, entry, at));

        var order = (await _ledger.Orders.FindAsync(sold))!;
        Assert.Equal(
            (OrderState.Fulfilled, 1, at, 9000, "pi_" + sold, "sub_1"),
            (order.State, order.Fulfillments, order.FulfilledAt, order.AmountTotal, order.PaymentIntent, order.Subscription));
        Assert.Empty(await redis.Server.Database.StreamRangeAsync(Partition.Events, entry, entry));
        Assert.NotNull(await redis.Server.Database.SortedSetScoreAsync(Partition.Outbox, sold));
        Assert.Equal(Outcome.Duplicate, await _ledger.Transitions.WitnessAsync(fact, entry, at));
        Assert.Equal(Outcome.Unknown, await _ledger.Transitions.WitnessAsync(LedgerKit.Fact("cs_test_none"), entry, at));
    }

    [Fact]
    public async Task A_held_order_that_the_witness_has_is_held_no_longer()
    {
        var sold = await SellOnServerAsync("1763884800123 0123456789abcdef0123456789abcdef01234567 0");
        await _ledger.Transitions.ApplyAsync(LedgerKit.Fact(sold) with { AmountSubtotal = 1 }, "1-1", livemode: false, s_lease);
        Assert.Equal(OrderState.NeedsReview, (await _ledger.Orders.FindAsync(sold))!.State);

        await _ledger.Transitions.WitnessAsync(LedgerKit.Fact(sold), "1-1", TimeProvider.System.GetUtcNow());

        Assert.Equal((OrderState.Fulfilled, null), ((await _ledger.Orders.FindAsync(sold))!.State, (await _ledger.Orders.FindAsync(sold))!.Reason));
        Assert.Null(await redis.Server.Database.SortedSetScoreAsync(Partition.Held, sold));
    }

    private static DateTimeOffset AsOf(int minutes) => TimeProvider.System.GetUtcNow().AddMinutes(minutes);

    private async Task<string> SellOnServerAsync(string epoch)
    {
        await redis.Server.Database.StringSetAsync(Partition.Epoch, epoch);
        return (await _ledger.SellAsync()).SessionId;
    }

    private async Task<Transition> ApplyAsync(string sessionId, DateTimeOffset? asOf, long? askedSince = null) => await _ledger.Transitions.ApplyAsync(
        LedgerKit.Fact(sessionId) with { AsOf = asOf }, await _ledger.AppendAsync(sessionId, type: HandledEvents.CheckoutCompleted), livemode: false, s_lease, askedSince);
}
