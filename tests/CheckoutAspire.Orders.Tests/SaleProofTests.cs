using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

/// <summary>What proves that this installation sold a session, and for which amount.</summary>
public sealed class SaleProofTests(RedisFixture redis) : OrderPartsTest(redis)
{
    [Fact]
    public async Task Sold_in_usd_and_paid_in_eur_is_held_and_shows_what_was_paid()
    {
        var id = (await Ledger.SellAsync()).SessionId;

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

        await Ledger.SellAsync(id);
        Assert.Equal(OrderFulfillment.Ready, (await FindAsync(id)).Fulfillment);
    }

    [Fact]
    public async Task A_record_that_arrives_for_another_amount_goes_on_holding_the_order()
    {
        var id = LedgerKit.NewSessionId();
        await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed, Currency = "eur", AmountSubtotal = 2300, AmountTotal = 2300 });

        await Ledger.SellAsync(id);

        var order = await FindAsync(id);
        Assert.Equal((OrderFulfillment.Held, "currency usd was sold, eur was paid"), (order.Fulfillment, order.Reason));
        Assert.Equal((new SoldAmount(9998, 9998, "usd"), 2300, "eur"), (order.Sold, order.AmountTotal, order.Currency));
    }

    [Fact]
    public async Task A_request_that_the_ledger_wrote_proves_a_session()
    {
        var id = LedgerKit.NewSessionId();
        await Ledger.Requests.BeginAsync(
            new("own_1", "key_" + id, TimeSpan.FromMinutes(1)), "digest", "{}", TimeSpan.FromMinutes(1), sale: new("ref_" + id, 9998, "usd"));

        var proven = await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed, Owner = "own_1", OrderRef = "ref_" + id });

        Assert.Equal(Outcome.Fulfilled, proven.Outcome);
    }

    [Fact]
    public async Task A_request_for_another_amount_holds_the_session()
    {
        var id = LedgerKit.NewSessionId();
        await Ledger.Requests.BeginAsync(
            new("own_1", "key_" + id, TimeSpan.FromMinutes(1)), "digest", "{}", TimeSpan.FromMinutes(1), sale: new("ref_" + id, 5000, "usd"));

        await ApplyAsync(LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed, Owner = "own_1", OrderRef = "ref_" + id });

        Assert.Equal("amount_subtotal 5000 was sold, 9998 was paid", (await FindAsync(id)).Reason);
    }
}
