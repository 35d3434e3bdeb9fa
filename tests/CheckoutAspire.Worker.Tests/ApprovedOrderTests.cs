using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Events;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>An approval uses the values that the ledger has.</summary>
public sealed class ApprovedOrderTests : WorkerTest
{
    [Fact]
    public async Task An_approved_order_is_paid_as_the_ledger_has_it()
    {
        var sold = await Ledger.SellAsync();
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(sold.SessionId) with { AmountSubtotal = 1 }, "1-1", livemode: false, TimeSpan.Zero);
        var order = (await Ledger.Orders.FindAsync(sold.SessionId))!;

        Assert.Equal(
            new CheckoutFact
            {
                SessionId = sold.SessionId,
                Fact = PaymentStatusChange.None,
                Origin = SaleOrigin.Proven,
                PaymentStatus = "paid",
                AmountSubtotal = 1,
                AmountTotal = 9998,
                Currency = "usd",
                Livemode = false,
                PaymentIntent = "pi_" + sold.SessionId,
                Mode = "payment",
                CreatedAt = order.Timeline[0].At,
                AsOf = order.Timeline[0].At,
                OrderRef = sold.OrderRef,
                ProductId = "mug",
            },
            await ReadAsync(sold.SessionId));
    }

    [Fact]
    public async Task An_order_that_was_recorded_from_its_event_may_be_older_than_its_record()
    {
        var id = LedgerKit.NewSessionId();
        var fact = LedgerKit.Fact(id) with { Origin = SaleOrigin.Claimed };
        await Ledger.Transitions.ApplyAsync(fact, await Ledger.AppendAsync(id), livemode: false, TimeSpan.Zero);

        Assert.Null((await ReadAsync(id))!.AsOf);
    }

    [Fact]
    public async Task Values_that_an_approved_order_does_not_have_are_empty()
    {
        var id = LedgerKit.NewSessionId();
        await Redis.Database.HashSetAsync(Partition.Order(id), [new HashEntry("state", "needs_review")]);

        var fact = (await ReadAsync(id))!;

        Assert.Equal(("", "", default), (fact.PaymentIntent, fact.Mode, fact.CreatedAt));
    }

    [Fact]
    public async Task An_approval_of_an_unknown_order_proves_nothing() => Assert.Null(await ReadAsync(LedgerKit.NewSessionId()));

    private ValueTask<CheckoutFact?> ReadAsync(string sessionId) => new CheckoutEventReader(Ledger.Orders, Options.Create(new StripeOptions())).ReadAsync(
        new EventEntry("evt_1", HandledEvents.OrderReleased, sessionId, Livemode: false, "", TimeProvider.System.GetUtcNow(), "{}"));
}
