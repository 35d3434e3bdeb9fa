using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A hold stops the fulfillment only: reconciliation compares the payment of a held order as it does any other's.</summary>
public sealed class HeldOrderReconciliationTests : WorkerTest
{
    private StripeListStub _stripe = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _stripe = await StripeListStub.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task What_Stripe_knows_about_a_held_order_s_payment_is_appended_unless_the_ledger_knows_it()
    {
        (string Id, PaymentStatusChange? Known, string PaymentStatus, string IntentStatus)[] sessions =
        [
            ("cs_failed_known", PaymentStatusChange.Failed, "unpaid", "requires_payment_method"),
            ("cs_processing_known", PaymentStatusChange.Processing, "unpaid", "processing"),
            ("cs_paid_known", PaymentStatusChange.Paid, "paid", "succeeded"),
            ("cs_processing_lost", null, "unpaid", "processing"),
            ("cs_failed_lost", PaymentStatusChange.Processing, "unpaid", "requires_payment_method"),
            ("cs_paid_lost", PaymentStatusChange.Processing, "paid", "succeeded"),
        ];
        foreach (var (id, known, _, _) in sessions)
        {
            await HoldAsync(id, known);
        }

        _stripe.Lists["/v1/checkout/sessions"] =
            [.. sessions.Select(session => StripeListStub.Session(session.Id, Time.Start.AddMinutes(-1), session.PaymentStatus, session.IntentStatus))];
        await using var worker = new ReconcilerHost(Redis.ConnectionString, _stripe.Address, Time);
        await AwaitPassesAsync(1);

        Assert.Equal(
            [
                "checkout.session.async_payment_failed cs_failed_lost", "checkout.session.completed cs_paid_lost",
                "checkout.session.completed cs_processing_lost",
            ],
            (await AppendedAsync()).Select(entry => entry.ToString()).Distinct().Order(StringComparer.Ordinal));
    }

    private async Task HoldAsync(string id, PaymentStatusChange? known)
    {
        await Ledger.SellAsync(id);
        Assert.Equal(
            Outcome.NeedsReview,
            await Ledger.Transitions.RecordReturnAsync(id, await Ledger.AppendAsync(id), LedgerKit.Return(ReturnKind.Dispute, "du_" + id, "needs_response", 9998)));
        if (known is { } change)
        {
            await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id, change), await Ledger.AppendAsync(id), livemode: false, TimeSpan.Zero);
        }

        Assert.Equal(OrderFulfillment.Held, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }
}
