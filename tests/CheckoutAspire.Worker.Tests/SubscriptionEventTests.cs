using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A subscription after its first payment: renewals that fail and succeed, and its end. The sandbox plays Stripe.</summary>
public sealed class SubscriptionEventTests : WorkerTest
{
    private readonly StripeSide _stripe = new();
    private readonly RecordingHandler _handler = new("ship");

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_failed_renewal_is_an_order_that_its_payment_supersedes_once()
    {
        await using var worker = Start();
        var (session, _) = await SubscribeAsync();
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/decline");
        var failed = Assert.Single(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaymentFailed));
        var invoice = IdOf(failed);

        await DeliverAsync(failed, failed);
        var renewal = await AwaitAsync(invoice, OrderState.Failed);
        Assert.Equal((OrderPayment.Failed, 9998L, 9998L, "usd"), (renewal.Payment, renewal.AmountSubtotal, renewal.AmountTotal, renewal.Currency));
        Assert.Null(renewal.PaidAt);

        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/collect");
        var paid = Assert.Single(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaid));
        await DeliverAsync(paid);
        renewal = await AwaitAsync(invoice, OrderState.Fulfilled);
        await DeliverAsync(failed, paid, failed);
        await AwaitDrainedAsync();

        var after = (await Ledger.Orders.FindAsync(invoice))!;
        Assert.Equal(renewal.Timeline, after.Timeline);
        Assert.Equal((OrderPayment.Paid, 1), (after.Payment, after.Fulfillments));
        Assert.Single(_handler.Orders, order => order.Id == invoice);
        Assert.Equal([invoice], (await Ledger.Renewals.ListAsync(session.Id, 10)).Select(order => order.SessionId));
    }

    /// <summary>As after a crash before the sale was recorded: the ledger has the amount, and Stripe has the lines.</summary>
    [Theory]
    [InlineData(9998, OrderState.Fulfilled)]
    [InlineData(1, OrderState.NeedsReview)]
    [InlineData(4999, OrderState.NeedsReview)]
    public async Task A_renewal_of_a_sale_whose_lines_the_ledger_does_not_know_costs_what_Stripe_sold(long renewed, OrderState state)
    {
        await using var worker = Start();
        var (session, sale) = await SubscribeAsync();
        Assert.Empty(sale.LineItems);
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/bill");
        var paid = (await _stripe.TakeEventsAsync(HandledEvents.InvoicePaid)).Single(found => (string?)found["data"]!["object"]!["billing_reason"] == "subscription_cycle");
        foreach (var amount in new[] { "subtotal", "total", "amount_paid", "amount_due" })
        {
            paid["data"]!["object"]![amount] = renewed;
        }

        await DeliverAsync(paid);

        await AwaitAsync(IdOf(paid), state);
    }

    [Fact]
    public async Task A_failure_that_arrives_after_the_payment_changes_nothing()
    {
        await using var worker = Start();
        var (session, _) = await SubscribeAsync();
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/decline");
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/collect");
        var paid = Assert.Single(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaid));

        await DeliverAsync(paid);
        var renewal = await AwaitAsync(IdOf(paid), OrderState.Fulfilled);
        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaymentFailed));
        await AwaitDrainedAsync();

        Assert.Equal(renewal.Timeline, (await Ledger.Orders.FindAsync(IdOf(paid)))!.Timeline);
    }

    [Fact]
    public async Task The_end_of_a_subscription_is_on_the_first_order_once()
    {
        await using var worker = Start();
        var (session, _) = await SubscribeAsync();
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/decline");
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/cancel");
        var changes = await _stripe.TakeEventsAsync(HandledEvents.SubscriptionUpdated);
        var end = Assert.Single(await _stripe.TakeEventsAsync(HandledEvents.SubscriptionDeleted));

        await DeliverAsync(end);
        await AwaitSubscriptionAsync(session.Id, "canceled");
        await DeliverAsync([end, .. changes, end]);
        await AwaitDrainedAsync();

        var order = (await Ledger.Orders.FindAsync(session.Id))!;
        Assert.Equal("payment_failed", Assert.Single(order.Timeline, step => step.What.StartsWith("subscription_", StringComparison.Ordinal)).Detail);
        Assert.Equal(("canceled", OrderState.Fulfilled), (order.SubscriptionState!.Status, order.State));
    }

    /// <summary>Stripe's times are whole seconds, and events of one second may arrive in any order.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_of_one_second_end_in_the_state_that_Stripe_has(bool reversed)
    {
        await using var worker = Start();
        var (session, _) = await SubscribeAsync();
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/decline");
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/collect");
        var changes = await _stripe.TakeEventsAsync(HandledEvents.SubscriptionUpdated);
        Assert.Equal(["past_due", "active"], changes.Select(change => (string?)change["data"]!["object"]!["status"]));
        foreach (var change in changes)
        {
            change["created"] = changes[0]["created"]!.DeepClone();
        }

        foreach (var change in reversed ? changes.Reverse() : changes)
        {
            await DeliverAsync(change);
            await AwaitDrainedAsync();
        }

        Assert.Equal("active", (await AwaitSubscriptionAsync(session.Id, "active")).SubscriptionState!.Status);
    }

    [Fact]
    public async Task Another_integration_s_subscription_is_counted_and_Stripe_is_not_asked()
    {
        // No server listens at the default address: a request to Stripe would fail, and the entry would be tried again.
        await using var worker = new WorkerHost(Redis.ConnectionString, handlers: _handler);
        using var outcomes = new Outcomes(worker);

        await Ledger.AppendAsync("sub_1", StripeEvents.Of(HandledEvents.SubscriptionDeleted, new JsonObject
        {
            ["id"] = "sub_1",
            ["object"] = "subscription",
            ["status"] = "canceled",
            ["metadata"] = new JsonObject { ["source"] = "another" },
        }), HandledEvents.SubscriptionDeleted);

        await AwaitDrainedAsync();
        await Eventually.GetAsync(() => Task.FromResult(outcomes.Count), count => count == 1, Canceled);
        Assert.Equal("foreign", Assert.Single(outcomes));
    }

    [Fact]
    public async Task Reconciliation_appends_a_subscription_and_a_failed_renewal_only_while_the_ledger_has_another_state()
    {
        var (session, invoice) = await DeclineAsync();
        await using (var reconciler = StartReconciler())
        {
            await AwaitAppendedAsync(entry => entry.ObjectId == session.SubscriptionId && entry.Type == HandledEvents.SubscriptionUpdated);
            await AwaitAppendedAsync(entry => entry.ObjectId == invoice && entry.Type == HandledEvents.InvoicePaymentFailed);
        }

        await ForgetHandlersAsync();
        await using (Start())
        {
            await AwaitSubscriptionAsync(session.Id, "past_due");
            await AwaitAsync(invoice, OrderState.Failed);
            await AwaitDrainedAsync();
        }

        // What was appended before is forgotten: only the ledger tells that it is known.
        await Redis.Database.KeyDeleteAsync([$"co:ledger:appended:{session.SubscriptionId}", $"co:ledger:appended:{invoice}"]);
        await Ledger.Outbox.IndexAsync(session.Id, paymentIntent: null, session.SubscriptionId);
        await ForgetHandlersAsync();
        await using var again = StartReconciler();
        await AwaitPassesAsync(2);
        Assert.DoesNotContain(await AppendedAsync(), entry => entry.ObjectId == session.SubscriptionId || entry.ObjectId == invoice);
    }

    /// <summary>The consumer has a handler and the reconciler has none: without the stamp either may start.</summary>
    private Task ForgetHandlersAsync() => Redis.Database.HashDeleteAsync("co:ledger", "handlers");

    private static string IdOf(JsonObject found) => (string)found["data"]!["object"]!["id"]!;

    private ConsumerHost Start() => new(Redis.ConnectionString, _stripe.Address, _handler);

    private ReconcilerHost StartReconciler() => new(Redis.ConnectionString, _stripe.Address, Time, ("Worker:ReconcileSweepInterval", "00:00:01"));

    private async Task<(Session Session, string Invoice)> DeclineAsync()
    {
        var session = await _stripe.SubscribeAsync();
        await Ledger.SellAsync(session.Id, hasLines: false);
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(session.Id), await Ledger.AppendAsync(session.Id), livemode: false, TimeSpan.Zero);
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/decline");
        return (session, IdOf(Assert.Single(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaymentFailed))));
    }

    /// <summary>A subscription whose first payment is recorded. The events until then are taken.</summary>
    private async Task<(Session Session, Order Order)> SubscribeAsync()
    {
        var session = await _stripe.SubscribeAsync();
        await Ledger.SellAsync(session.Id, hasLines: false);
        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));
        var order = await AwaitAsync(session.Id, OrderState.Fulfilled);
        await _stripe.TakeEventsAsync();
        return (session, order);
    }

    private async Task<Order> AwaitSubscriptionAsync(string sessionId, string status) => (await Eventually.GetAsync(
        () => Ledger.Orders.FindAsync(sessionId), order => order?.SubscriptionState?.Status == status, Canceled))!;
}
