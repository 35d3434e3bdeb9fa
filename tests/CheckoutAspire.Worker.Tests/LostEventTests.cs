using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.TestKit;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Everything that an event reports is found at Stripe when the event is lost. The sandbox stands in for Stripe.</summary>
[Trait("loop", "long")]
public sealed class LostEventTests : WorkerTest
{
    /// <summary>How an event of each handled type comes about, and what reconciliation finds when the event is lost.</summary>
    private static readonly Dictionary<string, LostEvent> s_cases = new(StringComparer.Ordinal)
    {
        [HandledEvents.CheckoutCompleted] = new("pay", HandledEvents.CheckoutCompleted, "payment_status", "paid"),
        [HandledEvents.AsyncPaymentSucceeded] = new("settle", HandledEvents.CheckoutCompleted, "payment_status", "paid"),
        [HandledEvents.AsyncPaymentFailed] = new("fail", HandledEvents.AsyncPaymentFailed, "payment_status", "unpaid"),
        [HandledEvents.CheckoutExpired] = new("expire", HandledEvents.CheckoutExpired, "status", "expired"),
        [HandledEvents.InvoicePaid] = new("renew", HandledEvents.InvoicePaid, "status", "paid"),
        [HandledEvents.InvoicePaymentFailed] = new("decline", HandledEvents.InvoicePaymentFailed, "status", "open"),
        [HandledEvents.SubscriptionUpdated] = new("end_later", HandledEvents.SubscriptionUpdated, "cancel_at_period_end", "true"),
        [HandledEvents.SubscriptionDeleted] = new("end", HandledEvents.SubscriptionDeleted, "status", "canceled"),
        [HandledEvents.ChargeRefunded] = new("refund", HandledEvents.RefundUpdated, "status", "succeeded"),
        [HandledEvents.RefundCreated] = new("refund", HandledEvents.RefundUpdated, "status", "succeeded"),
        [HandledEvents.RefundUpdated] = new("fail_refund", HandledEvents.RefundFailed, "status", "failed"),
        [HandledEvents.RefundFailed] = new("fail_refund", HandledEvents.RefundFailed, "status", "failed"),
        [HandledEvents.ChargeRefundUpdated] = new("fail_refund", HandledEvents.RefundFailed, "status", "failed"),
        [HandledEvents.DisputeCreated] = new("dispute", HandledEvents.DisputeUpdated, "status", "needs_response"),
        [HandledEvents.DisputeUpdated] = new("review", HandledEvents.DisputeUpdated, "status", "under_review"),
        [HandledEvents.DisputeClosed] = new("lose", HandledEvents.DisputeClosed, "status", "lost"),
        [HandledEvents.DisputeFundsWithdrawn] = new("dispute", HandledEvents.DisputeUpdated, "status", "needs_response"),
        [HandledEvents.DisputeFundsReinstated] = new("win", HandledEvents.DisputeClosed, "status", "won"),
    };

    private readonly StripeSide _stripe = new();

    /// <summary>Every handled type. One that is new and has no case above fails.</summary>
    public static TheoryData<string> Types => [.. HandledEvents.FromStripe];

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task What_an_event_that_was_never_generated_would_report_is_appended(string type) => await AssertFoundAsync(s_cases[type]);

    [Fact]
    public async Task A_refund_of_a_subscriptions_payment_is_found_without_its_event() =>
        await AssertFoundAsync(new LostEvent("refund_subscription", HandledEvents.RefundUpdated, "status", "succeeded"));

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_event_that_Stripe_could_not_deliver_is_appended_as_it_is(string type)
    {
        await LoseDeliveriesAsync();
        await HappenAsync(s_cases[type].Happening);
        var lost = (await new EventService(_stripe.Client).ListAsync(
            new EventListOptions { Type = type, DeliverySuccess = false }, cancellationToken: Canceled)).Data[0];

        await using var worker = Start();
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
    public async Task An_object_in_a_state_that_the_ledger_knows_is_not_appended()
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

    /// <summary>No event is generated: neither a delivery nor Stripe's list of events has it, and only Stripe's objects tell.</summary>
    private async Task AssertFoundAsync(LostEvent lost)
    {
        await _stripe.AddFaultAsync(new { kind = "event_lost", event_type = "*", count = 1000 });
        var id = await HappenAsync(lost.Happening);

        await using var worker = Start();
        var found = await AwaitAppendedAsync(entry => entry.ObjectId == id && entry.Type == lost.FoundAs);

        Assert.Equal((lost.FoundAs, StripeConfiguration.ApiVersion, false), ((string?)found.Body["type"], found.ApiVersion, (bool?)found.Body["livemode"]));
        Assert.Equal((id, lost.Value), ((string?)found.Object["id"], found.Object[lost.Member]!.ToString()));
        Assert.False(found.Object["payment_intent"] is JsonObject, "The expanded payment intent is replaced by its id.");
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

    /// <param name="Happening">What happens at Stripe.</param>
    /// <param name="FoundAs">The type as which reconciliation appends the object.</param>
    /// <param name="Member">A member of the object that changed.</param>
    /// <param name="Value">Its value.</param>
    private sealed record LostEvent(string Happening, string FoundAs, string Member, string Value);

    private ReconcilerHost Start() => new(Redis.ConnectionString, _stripe.Address, Time, ("Worker:ReconcileSweepInterval", "00:00:01"));
}
