using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Begins a subscription's next period without waiting for it.</summary>
public sealed class RenewalTests : IDisposable
{
    private readonly SandboxServer _sandbox = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_renewal_makes_the_next_invoice_and_pays_it()
    {
        var (subscription, first) = await SubscribeAsync();
        var before = (await _sandbox.EventTypesAsync()).Count;

        var renewed = await RenewAsync(subscription.Id);
        var after = await new SubscriptionService(_sandbox.Stripe).GetAsync(subscription.Id, cancellationToken: Cancellation);

        Assert.Equal(("paid", "subscription_cycle", 9998L), ((string?)renewed["status"], (string?)renewed["billing_reason"], (long?)renewed["amount_paid"]));
        Assert.Equal((subscription.Id, "s-1"), (
            (string?)renewed["parent"]!["subscription_details"]!["subscription"],
            (string?)renewed["parent"]!["subscription_details"]!["metadata"]!["order_ref"]));
        Assert.EndsWith("-0002", (string?)renewed["number"], StringComparison.Ordinal);
        Assert.NotEqual(first, (string?)renewed["id"]);
        Assert.Equal(subscription.Items.Data[0].CurrentPeriodEnd, after.Items.Data[0].CurrentPeriodStart);
        Assert.Equal(("active", (string?)renewed["id"]), (after.Status, after.LatestInvoiceId));
        Assert.Equal(
            [
                "invoice.created", "invoice.finalized", "customer.subscription.updated", "payment_intent.created", "charge.succeeded",
                "payment_intent.succeeded", "invoice.updated", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid",
            ],
            (await _sandbox.EventTypesAsync()).Skip(before));
    }

    [Theory]
    [InlineData("total=0", 0L, 0L, 0L, "usd")]
    [InlineData("total=-500", -500L, 0L, 0L, "usd")]
    [InlineData("total=1", 1L, 1L, 1L, "usd")]
    [InlineData("currency=eur", 9998L, 9998L, 1L, "eur")]
    public async Task A_renewal_can_have_another_total_or_currency(string form, long total, long paid, long payments, string currency)
    {
        var (subscription, _) = await SubscribeAsync();

        var renewed = await RenewAsync(subscription.Id, form);
        var linked = await new InvoicePaymentService(_sandbox.Stripe).ListAsync(
            new InvoicePaymentListOptions { Invoice = (string?)renewed["id"] }, cancellationToken: Cancellation);

        Assert.Equal(
            ("paid", total, paid, currency),
            ((string?)renewed["status"], (long?)renewed["total"], (long?)renewed["amount_paid"], (string?)renewed["currency"]));
        Assert.Equal(Math.Min(1, payments), linked.Data.Count);
        Assert.Equal(total, renewed["lines"]!["data"]!.AsArray().Sum(line => (long)line!["amount"]!));
    }

    [Fact]
    public async Task A_failed_renewal_is_paid_later()
    {
        var (subscription, _) = await SubscribeAsync();
        var declined = await RenewAsync(subscription.Id, "declined=true");
        var invoices = new InvoiceService(_sandbox.Stripe);
        var open = await invoices.ListAsync(new InvoiceListOptions { Status = "open", Subscription = subscription.Id }, cancellationToken: Cancellation);
        var before = (await _sandbox.EventTypesAsync()).Count;

        var refusal = await Assert.ThrowsAsync<StripeException>(() => invoices.PayAsync(
            open.Data[0].Id, new InvoicePayOptions { PaymentMethod = "pm_card_visa_chargeDeclined" }, cancellationToken: Cancellation));
        var paid = await invoices.PayAsync(open.Data[0].Id, new InvoicePayOptions { Expand = ["payments"] }, cancellationToken: Cancellation);
        var again = await Assert.ThrowsAsync<StripeException>(() => invoices.PayAsync(paid.Id, cancellationToken: Cancellation));

        Assert.Equal([(string?)declined["id"]], open.Data.Select(invoice => invoice.Id));
        Assert.Equal("card_declined", refusal.StripeError.Code);
        Assert.Equal(("paid", 3L, "paid"), (paid.Status, paid.AttemptCount, paid.Payments.Data.Single().Status));
        Assert.Equal("Invoice is already paid", again.StripeError.Message);
        Assert.Equal(
            "active", (await new SubscriptionService(_sandbox.Stripe).GetAsync(subscription.Id, cancellationToken: Cancellation)).Status);
        Assert.Equal(
            [
                "charge.failed", "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed", "charge.succeeded",
                "payment_intent.succeeded", "invoice.updated", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid",
                "customer.subscription.updated",
            ],
            (await _sandbox.EventTypesAsync()).Skip(before));
    }

    [Fact]
    public async Task A_declined_renewal_is_past_due_until_one_is_paid()
    {
        var (subscription, _) = await SubscribeAsync();

        var declined = await RenewAsync(subscription.Id, "declined=true");
        var pastDue = await new SubscriptionService(_sandbox.Stripe).GetAsync(subscription.Id, cancellationToken: Cancellation);
        await RenewAsync(subscription.Id);
        var active = await new SubscriptionService(_sandbox.Stripe).GetAsync(subscription.Id, cancellationToken: Cancellation);

        Assert.Equal("open", (string?)declined["status"]);
        Assert.Equal(("past_due", "active"), (pastDue.Status, active.Status));
        Assert.Contains("invoice.payment_failed", await _sandbox.EventTypesAsync());
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task Renewals_have_Stripe_s_shape()
    {
        var (subscription, _) = await SubscribeAsync();
        await RenewAsync(subscription.Id, "declined=true");
        await RenewAsync(subscription.Id);
        await RenewAsync(subscription.Id, "total=-500");
        using var shapes = new Shapes(_sandbox);

        await Shapes.AssertAsync(
        [
            await shapes.ReadAsync($"/v1/subscriptions/{subscription.Id}"), await shapes.ReadAsync("/v1/invoices"),
            await shapes.ReadAsync("/v1/invoice_payments"), .. await shapes.EventsAsync("invoice.*"),
            .. await shapes.EventsAsync("invoice_payment.*"), .. await shapes.EventsAsync("customer.subscription.*"),
        ]);
    }

    [Fact]
    public async Task An_unknown_subscription_is_not_found()
    {
        var error = await _sandbox.PostRefusedAsync("/sandbox/subscriptions/sub_none/renew", "");

        Assert.Equal("resource_missing", (string?)error["code"]);
    }

    private async Task<(Subscription Subscription, string InvoiceId)> SubscribeAsync()
    {
        var session = await _sandbox.CreateAsync(options =>
        {
            options.Mode = "subscription";
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
            options.SubscriptionData = new SessionSubscriptionDataOptions { Metadata = new() { ["order_ref"] = "s-1" } };
        });
        await _sandbox.PayByCardAsync(session);
        var paid = await new SessionService(_sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["subscription"] }, cancellationToken: Cancellation);
        return (paid.Subscription, paid.InvoiceId);
    }

    private async Task<JsonNode> RenewAsync(string id, string form = "")
    {
        using var client = _sandbox.Authenticated();
        using var content = new StringContent(form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync($"/sandbox/subscriptions/{id}/renew", content, Cancellation);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
    }
}
