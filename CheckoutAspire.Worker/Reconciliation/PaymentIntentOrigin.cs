using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Finds out whether a payment intent belongs to this installation. Stripe is asked once for each intent that the ledger does not know.</summary>
internal sealed class PaymentIntentOrigin(StripeReader stripe, ReconciliationIndex index, IOptions<StripeOptions> options)
{
    private readonly string _deployment = options.Value.Deployment;

    /// <param name="intentId">The payment intent's id.</param>
    /// <param name="expanded">The payment intent, if Stripe has expanded it.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<bool> IsOursAsync(string intentId, JsonObject? expanded, CancellationToken cancellationToken)
    {
        if (expanded?.IsOurs(_deployment) == true || await index.FindOrderAsync(intentId) is not null)
        {
            return true;
        }

        if (await index.IsForeignAsync(intentId))
        {
            return false;
        }

        var id = Uri.EscapeDataString(intentId);
        if (expanded is null && (await stripe.GetJsonAsync("/v1/payment_intents/" + id, cancellationToken)).IsOurs(_deployment))
        {
            return true;
        }

        // The intent of a subscription's payment has no metadata; the invoice that it paid has the subscription's.
        var payments = await stripe.GetJsonAsync(
            $"/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={id}&expand[]=data.invoice&limit=1", cancellationToken);
        if (payments["data"] is JsonArray { Count: > 0 } data && (data[0] as JsonObject)?.Object("invoice")?.IsOurInvoice(_deployment) == true)
        {
            return true;
        }

        await index.RememberForeignAsync(intentId);
        return false;
    }
}
