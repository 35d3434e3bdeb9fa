using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Worker.Events;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>The invoices of our subscriptions after the first one: those that were paid, and payments of them that failed.</summary>
internal sealed class InvoiceList(OrderLedger orders, IOptions<StripeOptions> stripe, IOptions<WorkerOptions> options, TimeProvider time) : IStripeList
{
    private readonly string _deployment = stripe.Value.Deployment;

    public string Name => "invoices";

    public string Path => "/v1/invoices";

    /// <summary>Stripe's retries of a failed renewal end within a month (Smart Retries).</summary>
    public TimeSpan ChangesFor => TimeSpan.FromDays(35);

    public async Task<Finding?> CompareAsync(JsonObject item, CancellationToken cancellationToken)
    {
        if (!item.IsOurInvoice(_deployment) || item.Text("id") is not { } id)
        {
            return null;
        }

        // The session proves the first payment.
        var (reason, amount) = (item.Text("billing_reason"), item.Number("amount_paid") + item.Number("amount_due"));
        if (reason != BillingReason.Cycle && (!BillingReason.IsChange(reason) || amount == 0))
        {
            return null;
        }

        var attempts = item.Number("attempt_count");
        switch (item.Text("status"))
        {
            case "paid":
                return await orders.FindAsync(id) is { Payment: OrderPayment.Paid } known
                    ? known.State is OrderState.Claimed && known.IsAbandoned(options.Value.Lease, time.GetUtcNow()) ? new Finding(HandledEvents.InvoicePaid, item) : null
                    : new Finding(HandledEvents.InvoicePaid, item) { State = "paid" };
            case "open" or "uncollectible" when attempts > 0:
                return await orders.FindAsync(id) is { Payment: OrderPayment.Failed }
                    ? null
                    : new Finding(HandledEvents.InvoicePaymentFailed, item)
                    {
                        State = string.Create(CultureInfo.InvariantCulture, $"failed {attempts}"),
                        RememberFor = ChangesFor,
                    };
            default:
                return null;
        }
    }
}
