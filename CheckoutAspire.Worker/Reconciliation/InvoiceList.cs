using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>The invoices of our subscriptions: renewals that were paid, and payments of them that failed.</summary>
internal sealed class InvoiceList(OrderLedger orders, IOptions<StripeOptions> stripe) : IStripeList
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

        var attempts = item.Number("attempt_count");
        switch (item.Text("status"))
        {
            // The session proves the first payment.
            case "paid" when item.Text("billing_reason") == "subscription_create":
                return null;
            case "paid":
                return await orders.FindAsync(id) is { Payment: OrderPayment.Paid }
                    ? null
                    : new Finding(HandledEvents.InvoicePaid, item) { State = "paid" };
            case "open" or "uncollectible" when attempts > 0 && item.Text("billing_reason") == "subscription_cycle":
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
