using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Finds the order of a payment intent or of a subscription: by the ledger's index, else by Stripe. Only a few entries ask Stripe at a
/// time, and those that wait for their turn take no place of the consumer's, so that another integration's refunds delay no paid order.
/// </summary>
internal sealed class OrderLookup(WitnessOutbox index, OrderLedger orders, StripeReader account, IOptions<StripeOptions> stripe) : IDisposable
{
    private const int AskingAtOnce = 4;

    private readonly SemaphoreSlim _asking = new(AskingAtOnce);
    private readonly string _deployment = stripe.Value.Deployment;

    /// <summary>The order that a payment intent paid: a session's, or a renewal's.</summary>
    public async Task<string?> FindByPaymentIntentAsync(InFlightEntry entry, string? paymentIntent, CancellationToken stopping)
    {
        if (paymentIntent is null)
        {
            return null;
        }

        return await index.FindSessionAsync(paymentIntent) ?? await AskAsync(entry, async () =>
        {
            if (await account.FindByPaymentIntentAsync(paymentIntent, stopping) is { } session)
            {
                return CheckoutMetadata.IsOurs(session.Metadata, _deployment) ? session.Id : null;
            }

            // A subscription's session names no payment intent: its invoices do.
            if (await account.FindInvoiceAsync(paymentIntent, stopping) is not { } invoice)
            {
                return null;
            }

            if (await orders.FindAsync(invoice.Id) is not null)
            {
                return invoice.Id;
            }

            return invoice.Parent?.SubscriptionDetails is { } details && CheckoutMetadata.IsOurs(details.Metadata, _deployment)
                ? invoice.BillingReason == "subscription_cycle"
                    ? invoice.Id
                    : (await account.FindBySubscriptionAsync(details.SubscriptionId, stopping))?.Id
                : null;
        }, stopping);
    }

    /// <summary>The order of the session that began an invoice's subscription.</summary>
    public async Task<Order?> FindSaleAsync(InFlightEntry entry, Invoice invoice, CancellationToken stopping)
    {
        if (invoice.SubscriptionId is not { } subscription)
        {
            return null;
        }

        var known = await index.FindSessionAsync(subscription);
        if (known is null && CheckoutMetadata.IsOurs(invoice.Metadata, _deployment))
        {
            known = await AskAsync(entry, async () => (await account.FindBySubscriptionAsync(subscription, stopping))?.Id, stopping);
        }

        return known is null ? null : await orders.FindAsync(known);
    }

    /// <summary>Whether the ledger's index knows a payment intent.</summary>
    public async Task<bool> IsKnownAsync(string? paymentIntent) =>
        paymentIntent is not null && await index.FindSessionAsync(paymentIntent) is not null;

    public void Dispose() => _asking.Dispose();

    private async Task<string?> AskAsync(InFlightEntry entry, Func<Task<string?>> ask, CancellationToken stopping)
    {
        entry.AsksStripe(true);
        try
        {
            await _asking.WaitAsync(stopping);
            try
            {
                return await ask();
            }
            finally
            {
                _asking.Release();
            }
        }
        finally
        {
            entry.AsksStripe(false);
        }
    }
}
