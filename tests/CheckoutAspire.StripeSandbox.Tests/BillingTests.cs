using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Invoices, their payments, and the end of subscriptions, by Stripe.net.</summary>
public sealed class BillingTests : IDisposable
{
    private readonly SandboxServer _sandbox = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_charge_leads_to_its_subscription_through_the_invoice_payment()
    {
        var subscription = await SubscribeAsync();
        var charge = (await new ChargeService(_sandbox.Stripe).ListAsync(cancellationToken: Cancellation)).Data.Single();
        var payments = new InvoicePaymentService(_sandbox.Stripe);

        var payment = (await payments.ListAsync(
            new InvoicePaymentListOptions
            {
                Payment = new InvoicePaymentPaymentOptions { Type = "payment_intent", PaymentIntent = charge.PaymentIntentId },
                Expand = ["data.invoice", "data.payment.payment_intent"],
            },
            cancellationToken: Cancellation)).Data.Single();
        var alone = await payments.GetAsync(payment.Id, cancellationToken: Cancellation);

        Assert.Equal(subscription.Id, payment.Invoice.Parent.SubscriptionDetails.SubscriptionId);
        Assert.Equal(("paid", 9998L, 9998L, true), (payment.Status, payment.AmountPaid!.Value, payment.AmountRequested, payment.IsDefault));
        Assert.Equal((charge.PaymentIntentId, subscription.LatestInvoiceId), (payment.Payment.PaymentIntent.Id, alone.InvoiceId));
        Assert.NotNull(payment.StatusTransitions.PaidAt);
    }

    [Theory]
    [InlineData("payment[payment_intent]=pi_other&payment[type]=payment_intent", 0)]
    [InlineData("payment[type]=payment_record&payment[payment_record]=pr_1", 0)]
    [InlineData("status=open", 0)]
    [InlineData("status=paid", 1)]
    [InlineData("invoice=in_other", 0)]
    [InlineData("created[gt]=9999999999", 0)]
    public async Task Invoice_payments_are_filtered(string query, int count)
    {
        await SubscribeAsync();
        using var client = _sandbox.Authenticated();

        var list = await client.GetFromJsonAsync<JsonNode>($"/v1/invoice_payments?{query}", Cancellation);

        Assert.Equal(count, list!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_invoice_payment_filter_needs_the_payment_s_type()
    {
        using var client = _sandbox.Authenticated();
        using var response = await client.GetAsync("/v1/invoice_payments?payment[payment_intent]=pi_1", Cancellation);

        var body = await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation);

        Assert.Equal("Missing required param: payment[type].", (string?)body!["error"]!["message"]);
    }

    [Fact]
    public async Task Invoices_are_listed_by_what_they_belong_to()
    {
        var first = await SubscribeAsync();
        var second = await SubscribeAsync();
        await _sandbox.PostFormAsync($"/sandbox/subscriptions/{first.Id}/renew", "declined=true");
        var invoices = new InvoiceService(_sandbox.Stripe);

        var ofFirst = await invoices.ListAsync(new InvoiceListOptions { Subscription = first.Id }, cancellationToken: Cancellation);
        var ofCustomer = await invoices.ListAsync(new InvoiceListOptions { Customer = second.CustomerId }, cancellationToken: Cancellation);
        var open = await invoices.ListAsync(new InvoiceListOptions { Status = "open" }, cancellationToken: Cancellation);
        var page = await invoices.ListAsync(new InvoiceListOptions { Limit = 2 }, cancellationToken: Cancellation);
        var next = await invoices.ListAsync(new InvoiceListOptions { StartingAfter = page.Data[^1].Id }, cancellationToken: Cancellation);
        var later = await invoices.ListAsync(
            new InvoiceListOptions { Created = new DateRangeOptions { GreaterThan = ofFirst.Data[0].Created.AddDays(1) } }, cancellationToken: Cancellation);

        Assert.Equal([true, true], ofFirst.Data.Select(invoice => invoice.Parent.SubscriptionDetails.SubscriptionId == first.Id));
        Assert.Equal([second.LatestInvoiceId], ofCustomer.Data.Select(invoice => invoice.Id));
        Assert.Equal([ofFirst.Data[0].Id], open.Data.Select(invoice => invoice.Id));
        Assert.Equal([first.LatestInvoiceId], next.Data.Select(invoice => invoice.Id));
        Assert.True(page.HasMore);
        Assert.Empty(later.Data);
    }

    [Fact]
    public async Task An_invoice_s_metadata_is_updated_with_an_event()
    {
        var subscription = await SubscribeAsync();

        var updated = await new InvoiceService(_sandbox.Stripe).UpdateAsync(
            subscription.LatestInvoiceId, new InvoiceUpdateOptions { Metadata = new() { ["fulfilled_at"] = "now" } }, cancellationToken: Cancellation);
        var recorded = (await new EventService(_sandbox.Stripe).ListAsync(
            new EventListOptions { Type = "invoice.updated" }, cancellationToken: Cancellation)).Data[0];

        Assert.Equal("now", updated.Metadata["fulfilled_at"]);
        Assert.Equal("now", ((Invoice)recorded.Data.Object).Metadata["fulfilled_at"]);
        Assert.NotNull(recorded.Data.PreviousAttributes.metadata);
    }

    [Fact]
    public async Task A_subscription_is_canceled_at_once()
    {
        var subscription = await SubscribeAsync();
        var subscriptions = new SubscriptionService(_sandbox.Stripe);

        var canceled = await subscriptions.CancelAsync(
            subscription.Id,
            new SubscriptionCancelOptions { CancellationDetails = new SubscriptionCancellationDetailsOptions { Comment = "moved away" } },
            cancellationToken: Cancellation);
        var again = await Assert.ThrowsAsync<StripeException>(() => subscriptions.CancelAsync(subscription.Id, cancellationToken: Cancellation));
        var renewal = await _sandbox.PostRefusedAsync($"/sandbox/subscriptions/{subscription.Id}/renew", "");

        Assert.Equal(
            ("canceled", "cancellation_requested", "moved away"),
            (canceled.Status, canceled.CancellationDetails.Reason, canceled.CancellationDetails.Comment));
        Assert.Equal((true, true), (canceled.EndedAt is not null, canceled.CanceledAt is not null));
        Assert.Equal("resource_missing", again.StripeError.Code);
        Assert.Equal("Only an active subscription can be renewed. This one has a status of `canceled`.", (string?)renewal["message"]);
        Assert.Equal("customer.subscription.deleted", (await _sandbox.EventTypesAsync())[^1]);
        Assert.Empty((await subscriptions.ListAsync(cancellationToken: Cancellation)).Data);
        Assert.Single((await subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" }, cancellationToken: Cancellation)).Data);
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task A_subscription_that_is_canceled_at_the_end_of_its_period_ends_instead_of_being_renewed()
    {
        var subscription = await SubscribeAsync();
        var subscriptions = new SubscriptionService(_sandbox.Stripe);
        var before = (await _sandbox.EventTypesAsync()).Count;

        var announced = await subscriptions.UpdateAsync(
            subscription.Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true }, cancellationToken: Cancellation);
        var ended = await _sandbox.PostFormAsync($"/sandbox/subscriptions/{subscription.Id}/renew", "");

        Assert.Equal(("active", true), (announced.Status, announced.CancelAtPeriodEnd));
        Assert.Equal(subscription.Items.Data[0].CurrentPeriodEnd, announced.CancelAt);
        Assert.Equal((subscription.Id, "canceled"), ((string?)ended["id"], (string?)ended["status"]));
        Assert.Equal(
            ["customer.subscription.updated", "customer.subscription.deleted"], (await _sandbox.EventTypesAsync()).Skip(before));
        using var shapes = new Shapes(_sandbox);
        await Shapes.AssertAsync(await shapes.EventsAsync("customer.subscription.*"));
    }

    [Fact]
    public async Task A_cancellation_at_the_end_of_the_period_can_be_taken_back()
    {
        var subscription = await SubscribeAsync();
        var subscriptions = new SubscriptionService(_sandbox.Stripe);
        await subscriptions.UpdateAsync(subscription.Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true }, cancellationToken: Cancellation);

        await subscriptions.UpdateAsync(subscription.Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = false }, cancellationToken: Cancellation);
        var renewed = await _sandbox.PostFormAsync($"/sandbox/subscriptions/{subscription.Id}/renew", "");

        Assert.Equal("paid", (string?)renewed["status"]);
    }

    [Theory]
    [InlineData("invoice.paid", "")]
    [InlineData("invoice_payment.paid", "")]
    [InlineData("invoice.updated", "")]
    [InlineData("invoice.payment_failed", "declined=true")]
    public async Task Events_of_renewals_can_be_lost(string type, string form)
    {
        var subscription = await SubscribeAsync();
        var before = (await _sandbox.EventTypesAsync()).Count;
        await _sandbox.PostAsync("/sandbox/faults", new { kind = "event_lost", event_type = type });

        await _sandbox.PostFormAsync($"/sandbox/subscriptions/{subscription.Id}/renew", form);

        Assert.DoesNotContain(type, (await _sandbox.EventTypesAsync()).Skip(before));
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task Expanded_invoices_and_invoice_payments_have_Stripe_s_shape()
    {
        var subscription = await SubscribeAsync();
        await _sandbox.PostFormAsync($"/sandbox/subscriptions/{subscription.Id}/renew", "declined=true");
        using var shapes = new Shapes(_sandbox);

        await Shapes.AssertAsync(
        [
            await shapes.ReadAsync($"/v1/invoices/{subscription.LatestInvoiceId}?expand[]=payments.data.payment.payment_intent"),
            await shapes.ReadAsync("/v1/invoices?expand[]=data.payments&expand[]=data.parent.subscription_details.subscription"),
            await shapes.ReadAsync("/v1/invoice_payments?expand[]=data.invoice&expand[]=data.payment.payment_intent"),
            await shapes.ReadAsync("/v1/subscriptions"),
        ]);
    }

    private async Task<Subscription> SubscribeAsync()
    {
        var session = await _sandbox.CreateAsync(options =>
        {
            options.Mode = "subscription";
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
        });
        await _sandbox.PayByCardAsync(session);
        return (await new SessionService(_sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["subscription"] }, cancellationToken: Cancellation)).Subscription;
    }
}
