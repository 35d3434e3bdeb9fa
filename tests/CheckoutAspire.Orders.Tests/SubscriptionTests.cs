using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

/// <summary>The state of a subscription on the order that began it, and its renewals.</summary>
public sealed class SubscriptionTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_795_600_000);

    private readonly LedgerKit _ledger = new(redis.Server.Connection);

    [Fact]
    public async Task A_subscription_s_changes_are_steps_and_its_end_is_the_last_one()
    {
        var id = (await _ledger.SellAsync()).SessionId;

        Assert.Equal(Outcome.Recorded, await RecordAsync(id, "active", 0));
        Assert.Equal(Outcome.Recorded, await RecordAsync(id, "past_due", 1));
        Assert.Equal(Outcome.Duplicate, await RecordAsync(id, "past_due", 1));
        Assert.Equal(Outcome.Recorded, await RecordAsync(id, "active", 2));
        Assert.Equal(Outcome.Recorded, await RecordAsync(id, "active", 3, ending: true));
        Assert.Equal(Outcome.Recorded, await RecordAsync(id, "canceled", 4, reason: "payment_failed"));

        var order = await FindAsync(id);
        Assert.Equal(new SubscriptionState("canceled", false, s_now.AddSeconds(4)), order.SubscriptionState);
        Assert.Equal(
            ["created ", "subscription_changed past_due", "subscription_changed active", "subscription_changed active, ends with its period", "subscription_ended payment_failed"],
            order.Timeline.Select(step => $"{step.What} {step.Detail}"));
    }

    [Theory]
    [InlineData("active")]
    [InlineData("past_due")]
    [InlineData("canceled")]
    public async Task After_the_end_nothing_changes_whenever_it_was_reported(string status)
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await RecordAsync(id, "canceled", 0);
        var ended = await FindAsync(id);

        foreach (var at in (int[])[-1, 0, 1])
        {
            Assert.Equal(Outcome.Duplicate, await RecordAsync(id, status, at));
        }

        Assert.Equal(ended.SubscriptionState, (await FindAsync(id)).SubscriptionState);
        Assert.Single((await FindAsync(id)).Timeline, step => step.What == "subscription_ended");
    }

    [Fact]
    public async Task An_earlier_state_that_arrives_late_changes_nothing()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await RecordAsync(id, "active", 5);

        Assert.Equal(Outcome.Duplicate, await RecordAsync(id, "past_due", 4));
        Assert.Equal("active", (await FindAsync(id)).SubscriptionState!.Status);
    }

    [Fact]
    public async Task Of_two_states_of_one_second_the_one_that_Stripe_returns_stands()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        await RecordAsync(id, "past_due", 0);

        Assert.Equal(Outcome.Ambiguous, await RecordAsync(id, "active", 0));
        Assert.Equal("past_due", (await FindAsync(id)).SubscriptionState!.Status);
        Assert.Equal(Outcome.Recorded, await RecordAsync(id, "active", 0, read: true));
        Assert.Equal("active", (await FindAsync(id)).SubscriptionState!.Status);
    }

    [Fact]
    public async Task A_state_that_comes_before_the_order_is_kept()
    {
        var id = LedgerKit.NewSessionId();
        await RecordAsync(id, "canceled", 0);
        Assert.Null(await _ledger.Orders.FindAsync(id));

        await _ledger.SellAsync(id);

        var order = await FindAsync(id);
        Assert.Equal("canceled", order.SubscriptionState!.Status);
        Assert.Contains(order.Timeline, step => step.What == "subscription_ended");
    }

    [Fact]
    public async Task The_newest_renewals_are_listed_first_and_one_is_added_once()
    {
        var id = (await _ledger.SellAsync()).SessionId;
        foreach (var (invoice, month) in (IEnumerable<(string, int)>)[("in_2_" + id, 2), ("in_1_" + id, 1), ("in_3_" + id, 3), ("in_2_" + id, 2)])
        {
            await _ledger.Renewals.AddAsync(id, invoice, s_now.AddDays(30 * month));
            await _ledger.Transitions.ApplyAsync(Renewal(invoice), (await _ledger.AppendAsync(invoice)), livemode: false, TimeSpan.Zero);
        }

        await _ledger.Renewals.AddAsync(id, "in_4_that_has_no_order_yet", s_now.AddDays(120));
        Assert.Equal(["in_3_" + id, "in_2_" + id], (await _ledger.Renewals.ListAsync(id, 3)).Select(order => order.SessionId));
        Assert.Empty(await _ledger.Renewals.ListAsync(LedgerKit.NewSessionId(), 3));
    }

    [Fact]
    public async Task A_renewal_is_not_listed_among_its_owner_s_sessions()
    {
        var (owner, invoice) = ("own_" + Guid.NewGuid().ToString("N"), "in_" + Guid.NewGuid().ToString("N"));

        await _ledger.Transitions.ApplyAsync(Renewal(invoice) with { Owner = owner }, await _ledger.AppendAsync(invoice), livemode: false, TimeSpan.Zero);

        Assert.Equal(owner, (await FindAsync(invoice)).Owner);
        Assert.Empty(await _ledger.Owned.ListAsync(owner, null, 10));
    }

    /// <summary>The request of the sale stands for days. It proves the first payment, and nothing about a renewal's amount.</summary>
    [Fact]
    public async Task The_request_of_the_sale_says_nothing_about_a_renewal()
    {
        var invoice = "in_" + Guid.NewGuid().ToString("N");
        await redis.Server.Database.StringSetAsync(_ledger.Partitions.Of("own_1").Sale("ref_1"), "9998 usd");

        var applied = await _ledger.Transitions.ApplyAsync(
            Renewal(invoice) with { Owner = "own_1", OrderRef = "ref_1" }, await _ledger.AppendAsync(invoice), livemode: false, TimeSpan.Zero);

        Assert.Equal((Outcome.Fulfilled, 1000L), (applied.Outcome, (await FindAsync(invoice)).Sold.Subtotal));
    }

    [Fact]
    public async Task A_sealed_session_that_the_ledger_does_not_know_is_unproven_until_its_lines_are_compared()
    {
        var id = LedgerKit.NewSessionId();
        var entry = await _ledger.AppendAsync(id);
        var sealedFact = LedgerKit.Fact(id) with { Origin = SaleOrigin.Sealed };

        Assert.Equal(Outcome.Unproven, (await _ledger.Transitions.ApplyAsync(sealedFact, entry, livemode: false, TimeSpan.Zero)).Outcome);
        Assert.Null(await _ledger.Orders.FindAsync(id));

        await _ledger.SellAsync(id);
        Assert.Equal(Outcome.Fulfilled, (await _ledger.Transitions.ApplyAsync(sealedFact, entry, livemode: false, TimeSpan.Zero)).Outcome);
    }

    private static CheckoutFact Renewal(string invoice) => LedgerKit.Fact(invoice) with
    {
        IsRenewal = true,
        TotalVaries = true,
        Mode = "subscription",
        AmountSubtotal = 1000,
        AmountTotal = 1000,
    };

    private async Task<Outcome> RecordAsync(string id, string status, int later, bool ending = false, string reason = "", bool read = false) =>
        await _ledger.Transitions.RecordSubscriptionAsync(
            id, await _ledger.AppendAsync(id), new SubscriptionFact(new SubscriptionState(status, ending, s_now.AddSeconds(later)), reason, read));

    private async Task<Order> FindAsync(string id) => (await _ledger.Orders.FindAsync(id))!;
}
