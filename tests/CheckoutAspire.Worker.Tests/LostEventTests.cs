using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Everything that an event reports is found at Stripe when the event is lost. The sandbox plays Stripe.</summary>
public sealed class LostEventTests : WorkerTest
{
    private readonly StripeSide _stripe = new();

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("pay", "checkout.session.completed", "payment_status", "paid")]
    [InlineData("settle", "checkout.session.completed", "payment_status", "paid")]
    [InlineData("fail", "checkout.session.async_payment_failed", "payment_status", "unpaid")]
    [InlineData("expire", "checkout.session.expired", "status", "expired")]
    [InlineData("renew", "invoice.paid", "status", "paid")]
    [InlineData("decline", "invoice.payment_failed", "status", "open")]
    [InlineData("end_later", "customer.subscription.updated", "cancel_at_period_end", "true")]
    [InlineData("end", "customer.subscription.deleted", "status", "canceled")]
    [InlineData("refund", "refund.updated", "status", "succeeded")]
    [InlineData("fail_refund", "refund.failed", "status", "failed")]
    [InlineData("refund_subscription", "refund.updated", "status", "succeeded")]
    [InlineData("dispute", "charge.dispute.updated", "status", "needs_response")]
    [InlineData("win", "charge.dispute.closed", "status", "won")]
    [InlineData("lose", "charge.dispute.closed", "status", "lost")]
    public async Task What_an_event_that_was_never_generated_would_report_is_appended(string happening, string type, string member, string value)
    {
        await _stripe.AddFaultAsync(new { kind = "event_lost", event_type = "*", count = 1000 });
        var id = await HappenAsync(happening);

        await using var worker = Start();
        if (!IsHandled(type))
        {
            await AssertNotAppendedAsync(type);
            return;
        }

        var found = await AwaitAppendedAsync(entry => entry.ObjectId == id && entry.Type == type);

        Assert.Equal((type, StripeConfiguration.ApiVersion, false), ((string?)found.Body["type"], found.ApiVersion, (bool?)found.Body["livemode"]));
        Assert.Equal((id, value), ((string?)found.Object["id"], found.Object[member]!.ToString()));
        Assert.False(found.Object["payment_intent"] is JsonObject, "The expanded payment intent is replaced by its id.");
    }

    [Theory]
    [InlineData("pay", "checkout.session.completed")]
    [InlineData("settle", "checkout.session.async_payment_succeeded")]
    [InlineData("fail", "checkout.session.async_payment_failed")]
    [InlineData("expire", "checkout.session.expired")]
    [InlineData("renew", "invoice.paid")]
    [InlineData("decline", "invoice.payment_failed")]
    [InlineData("end_later", "customer.subscription.updated")]
    [InlineData("end", "customer.subscription.deleted")]
    [InlineData("refund", "refund.created")]
    [InlineData("refund", "charge.refunded")]
    [InlineData("refund_subscription", "charge.refunded")]
    [InlineData("fail_refund", "refund.updated")]
    [InlineData("fail_refund", "refund.failed")]
    [InlineData("fail_refund", "charge.refund.updated")]
    [InlineData("dispute", "charge.dispute.created")]
    [InlineData("dispute", "charge.dispute.funds_withdrawn")]
    [InlineData("review", "charge.dispute.updated")]
    [InlineData("win", "charge.dispute.closed")]
    [InlineData("win", "charge.dispute.funds_reinstated")]
    public async Task An_event_that_Stripe_could_not_deliver_is_appended_as_it_is(string happening, string type)
    {
        await LoseDeliveriesAsync();
        await HappenAsync(happening);
        var lost = (await new EventService(_stripe.Client).ListAsync(
            new EventListOptions { Type = type, DeliverySuccess = false }, cancellationToken: Canceled)).Data[0];

        await using var worker = Start();
        if (!IsHandled(type))
        {
            await AssertNotAppendedAsync(type);
            return;
        }

        var found = await AwaitAppendedAsync(entry => entry.Id == lost.Id);

        Assert.Equal((type, lost.ApiVersion, lost.Id), (found.Type, found.ApiVersion, (string?)found.Body["id"]));
        await AwaitPassesAsync(2);
        Assert.Single(await AppendedAsync(), entry => entry.Id == lost.Id);
    }

    [Fact]
    public async Task What_another_integration_sold_is_not_appended()
    {
        await LoseDeliveriesAsync();
        var foreign = await _stripe.SellAndPayAsync("another");
        await _stripe.ControlAsync($"sessions/{foreign.Id}/refund");
        await _stripe.ControlAsync($"sessions/{foreign.Id}/dispute");
        var ours = await _stripe.SellAndPayAsync();

        await using var worker = Start();
        await AwaitAppendedAsync(entry => entry.ObjectId == ours.Id);
        await AwaitPassesAsync(2);

        Assert.All(await AppendedAsync(), entry => Assert.Contains("\"deployment\":\"local\"", entry.Body.ToJsonString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_ledger_knows_as_it_is_is_not_appended()
    {
        var paid = await _stripe.SellAndPayAsync();
        await _stripe.ControlAsync($"sessions/{paid.Id}/refund");
        var refund = (await new RefundService(_stripe.Client).ListAsync(cancellationToken: Canceled)).Data[0];
        await using (var worker = new WorkerHost(Redis.ConnectionString, settings: [("Worker:ReconcileInterval", "1.00:00:00")]))
        {
            await Ledger.SellAsync(paid.Id);
            await DeliverAsync(paid.Id);
            await AwaitAsync(paid.Id, Orders.Ledger.OrderState.Fulfilled);
        }

        await Redis.Database.StringSetAsync(Partition.Intent(paid.PaymentIntentId), paid.Id);
        await Redis.Database.HashSetAsync(Partition.Order(paid.Id), $"refund:{refund.Id}", "2 1763884800 9998 counts succeeded usd");
        await using var reconciler = Start();
        await AwaitPassesAsync(2);

        Assert.Empty(await AppendedAsync());
    }

    [Fact]
    public async Task A_list_that_fails_stops_only_itself_and_is_read_later()
    {
        await _stripe.AddFaultAsync(new { kind = "server_error", path = "/v1/invoices", count = 1000 });
        var subscription = await _stripe.SubscribeAsync();
        await _stripe.ControlAsync($"subscriptions/{subscription.SubscriptionId}/bill");
        await using var worker = Start();

        await AwaitAppendedAsync(entry => entry.ObjectId == subscription.Id);
        await GetAfterPassesAsync(() => Task.FromResult(worker.Warnings.Count), count => count > 0);
        Assert.DoesNotContain(await AppendedAsync(), entry => entry.Type == "invoice.paid");
        await _stripe.ClearFaultsAsync();

        await AwaitAppendedAsync(entry => entry.Type == "invoice.paid");
    }

    [Fact]
    public async Task An_object_for_which_Stripe_answers_404_does_not_stop_the_others()
    {
        // The payment intent of a subscription's charge is looked up by its invoice payment.
        await LoseDeliveriesAsync();
        await _stripe.AddFaultAsync(new { kind = "not_found", path = "/v1/invoice_payments", count = 1000 });
        var subscription = await _stripe.SubscribeAsync();
        await RefundAsync(await _stripe.SellAndPayAsync());
        await RefundInvoiceAsync(subscription.InvoiceId, lookUp: false);
        await RefundAsync(await _stripe.SellAndPayAsync());

        await using var worker = Start();
        await GetAfterPassesAsync(AppendedAsync, appended => appended.Count(entry => entry.Type == "charge.refunded") == 2);
        await AwaitPassesAsync(2);

        Assert.Contains(worker.Warnings, line => line.Contains("list of events (404 resource_missing)", StringComparison.Ordinal));
        Assert.Equal(2, (await AppendedAsync()).Count(entry => entry.Type == "charge.refunded"));
    }

    private static bool IsHandled(string type) => HandledEvents.Contains(Encoding.UTF8.GetBytes(type));

    /// <summary>The worker would give up an event of a type that it does not handle.</summary>
    private async Task AssertNotAppendedAsync(string type)
    {
        await AwaitPassesAsync(2);
        Assert.DoesNotContain(await AppendedAsync(), entry => entry.Type == type);
    }

    private async Task LoseDeliveriesAsync()
    {
        await new WebhookEndpointService(_stripe.Client).CreateAsync(
            new WebhookEndpointCreateOptions { Url = "http://127.0.0.1:1/", EnabledEvents = ["*"] }, cancellationToken: Canceled);
        await _stripe.AddFaultAsync(new { kind = "delivery_lost", event_type = "*", count = 1000 });
    }

    private Task RefundAsync(Session session) => _stripe.ControlAsync($"sessions/{session.Id}/refund");

    private async Task<string> HappenAsync(string happening)
    {
        switch (happening)
        {
            case "pay":
                return (await _stripe.SellAndPayAsync()).Id;
            case "settle" or "fail":
                var debit = await _stripe.SellByDebitAsync();
                await Ledger.SellAsync(debit.Id);
                await _stripe.ControlAsync($"sessions/{debit.Id}/{happening}");
                return debit.Id;
            case "expire":
                var session = await _stripe.SellAsync();
                await _stripe.ExpireAsync(session.Id);
                return session.Id;
            case "renew" or "decline":
                var renewed = await _stripe.SubscribeAsync();
                await _stripe.ControlAsync($"subscriptions/{renewed.SubscriptionId}/{(happening == "renew" ? "bill" : "decline")}");
                return (await new InvoiceService(_stripe.Client).ListAsync(cancellationToken: Canceled)).Data[0].Id;
            case "end_later":
                var ending = await _stripe.SubscribeAsync();
                await new SubscriptionService(_stripe.Client).UpdateAsync(
                    ending.SubscriptionId, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true }, cancellationToken: Canceled);
                return ending.SubscriptionId;
            case "end":
                var ended = await _stripe.SubscribeAsync();
                await _stripe.ControlAsync($"subscriptions/{ended.SubscriptionId}/cancel");
                return ended.SubscriptionId;
            case "refund" or "fail_refund":
                var refunded = await _stripe.SellAndPayAsync();
                await _stripe.ControlAsync($"sessions/{refunded.Id}/refund");
                if (happening == "fail_refund")
                {
                    await _stripe.ControlAsync("refunds/newest/fail");
                }

                return (await new RefundService(_stripe.Client).ListAsync(cancellationToken: Canceled)).Data[0].Id;
            case "refund_subscription":
                return await RefundInvoiceAsync((await _stripe.SubscribeAsync()).InvoiceId);
            default:
                var disputed = await _stripe.SellAndPayAsync();
                await _stripe.ControlAsync($"sessions/{disputed.Id}/dispute");
                if (happening != "dispute")
                {
                    await _stripe.ControlAsync($"disputes/newest/{happening}");
                }

                return (await new DisputeService(_stripe.Client).ListAsync(cancellationToken: Canceled)).Data[0].Id;
        }
    }

    /// <summary>Refunds the newest payment, which is the invoice's.</summary>
    private async Task<string> RefundInvoiceAsync(string invoiceId, bool lookUp = true)
    {
        var intent = lookUp
            ? (await new InvoicePaymentService(_stripe.Client).ListAsync(
                new InvoicePaymentListOptions { Invoice = invoiceId }, cancellationToken: Canceled)).Data[0].Payment.PaymentIntentId
            : (await new PaymentIntentService(_stripe.Client).ListAsync(cancellationToken: Canceled)).Data
                .First(found => !found.Metadata.ContainsKey("source")).Id;
        return (await new RefundService(_stripe.Client).CreateAsync(
            new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Canceled)).Id;
    }

    private ReconcilerHost Start() => new(Redis.ConnectionString, _stripe.Address, Time, ("Worker:ReconcileSweepInterval", "00:00:01"));
}
