using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Stripe;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Tests;

/// <summary>
/// Refunds and disputes of a subscription's payments. They name a payment intent that no session names: the worker follows it by the
/// invoice payment to the invoice, and from there to the subscription. The sandbox plays Stripe.
/// </summary>
public sealed class SubscriptionReturnTests : WorkerTest
{
    private readonly StripeSide _stripe = new();
    private readonly RecordingHandler _handler = new("ship");

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("refund", true)]
    [InlineData("refund", false)]
    [InlineData("dispute", true)]
    [InlineData("dispute", false)]
    public async Task A_return_after_the_fulfillment_is_recorded_on_the_order_that_was_paid(string kind, bool isRenewal)
    {
        await using var worker = Start();
        var session = await SubscribeAsync();
        var first = await AwaitAsync(session.Id, OrderState.Fulfilled);
        var renewal = isRenewal ? await AwaitAsync(await RenewAsync(session), OrderState.Fulfilled) : null;

        await ReturnAsync(kind, renewal?.SessionId ?? session.InvoiceId);

        var order = await AwaitReturnAsync(renewal?.SessionId ?? session.Id, kind);
        Assert.Equal((OrderState.Fulfilled, 9998L), (order.State, order.AmountRefunded + order.AmountDisputed));
        await AwaitDrainedAsync();
        if (renewal is not null)
        {
            Assert.Equal(first.Timeline, (await Ledger.Orders.FindAsync(session.Id))!.Timeline);
        }
    }

    [Theory]
    [InlineData("refund", true)]
    [InlineData("refund", false)]
    [InlineData("dispute", true)]
    [InlineData("dispute", false)]
    public async Task A_return_that_arrives_first_holds_the_order_when_its_payment_arrives(string kind, bool isRenewal)
    {
        await using var worker = Start();
        var session = isRenewal ? await SubscribeAsync() : await _stripe.SubscribeAsync();
        var completed = isRenewal ? [] : await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted);
        var invoice = isRenewal ? await RenewAsync(session, deliver: false) : session.InvoiceId;
        var paid = isRenewal ? await _stripe.TakeEventsAsync(HandledEvents.InvoicePaid) : completed;
        var id = isRenewal ? invoice : session.Id;
        var fulfilledBefore = _handler.Orders.Count;

        await ReturnAsync(kind, invoice);
        await Eventually.GetAsync(
            () => Redis.Database.HashExistsAsync(Partition.Order(id), "causes"), isHeld => isHeld, Canceled);
        await AwaitDrainedAsync();
        Assert.Null(await Ledger.Orders.FindAsync(id));

        await DeliverAsync(paid.Where(found => isRenewal ? (string?)found["data"]!["object"]!["id"] == invoice : found is not null));
        var order = await Eventually.GetAsync(() => Ledger.Orders.FindAsync(id), order => order is { Payment: OrderPayment.Paid }, Canceled);
        Assert.Equal((OrderFulfillment.Held, 9998L), (order!.Fulfillment, order.AmountRefunded + order.AmountDisputed));
        await AwaitDrainedAsync();
        Assert.Equal(fulfilledBefore, _handler.Orders.Count);
    }

    [Fact]
    public async Task A_return_of_another_integration_s_subscription_is_counted()
    {
        await using var worker = Start();
        using var outcomes = new Outcomes(worker);
        var foreign = await _stripe.SellAsync("another", change: options =>
        {
            options.Mode = "subscription";
            options.PaymentIntentData = null;
            options.LineItems[0].PriceData.Recurring = new() { Interval = "month" };
        });
        await _stripe.ControlAsync($"sessions/{foreign.Id}/pay");

        await ReturnAsync("refund", (await _stripe.GetAsync(foreign.Id)).InvoiceId);

        await Eventually.GetAsync(() => Task.FromResult(outcomes.Count), count => count > 0, Canceled);
        await AwaitDrainedAsync();
        Assert.All(outcomes, outcome => Assert.Equal("foreign", outcome));
    }

    private ConsumerHost Start() => new(Redis.ConnectionString, _stripe.Address, _handler);

    private async Task<Session> SubscribeAsync()
    {
        var session = await _stripe.SubscribeAsync();
        await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.CheckoutCompleted));
        await AwaitAsync(session.Id, OrderState.Fulfilled);
        return session;
    }

    private async Task<string> RenewAsync(Session session, bool deliver = true)
    {
        await _stripe.ControlAsync($"subscriptions/{session.SubscriptionId}/bill");
        if (deliver)
        {
            await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.InvoicePaid));
        }

        return (await new SubscriptionService(_stripe.Client).GetAsync(session.SubscriptionId, cancellationToken: Canceled)).LatestInvoiceId;
    }

    /// <summary>Refunds or disputes an invoice's payment, and delivers the events about it.</summary>
    private async Task ReturnAsync(string kind, string invoiceId)
    {
        var intent = (await new InvoicePaymentService(_stripe.Client).ListAsync(
            new InvoicePaymentListOptions { Invoice = invoiceId }, cancellationToken: Canceled)).Data[0].Payment.PaymentIntentId;
        if (kind == "refund")
        {
            await new RefundService(_stripe.Client).CreateAsync(new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Canceled);
            await DeliverAsync(await _stripe.TakeEventsAsync(HandledEvents.RefundCreated, HandledEvents.ChargeRefunded));
            return;
        }

        // The sandbox disputes the payments of sessions. A subscription's dispute has the same members.
        await DeliverAsync(JsonNode.Parse(StripeEvents.Of(HandledEvents.DisputeCreated, new JsonObject
        {
            ["id"] = "du_" + intent,
            ["object"] = "dispute",
            ["amount"] = 9998,
            ["currency"] = "usd",
            ["payment_intent"] = intent,
            ["reason"] = "fraudulent",
            ["status"] = "needs_response",
        }))!.AsObject());
    }

    private async Task<Order> AwaitReturnAsync(string id, string kind) => (await Eventually.GetAsync(
        () => Ledger.Orders.FindAsync(id), order => (kind == "refund" ? order?.Refunds : order?.Disputes) is { Count: 1 }, Canceled))!;
}
