using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Finds the order of a payment intent or of a subscription: by the ledger's index, otherwise by Stripe. Only a few entries ask Stripe at
/// a time, and waiting entries do not count toward the consumer's concurrency, so that another integration's refunds delay no paid order.
/// </summary>
internal sealed class OrderLookup(WitnessOutbox index, OrderLedger orders, StripeReader account, OrderRereading rereading, IOptions<StripeOptions> stripe) : IDisposable
{
    private const int AskingAtOnce = 4;

    private readonly SemaphoreSlim _asking = new(AskingAtOnce);
    private readonly StripeOptions _stripe = stripe.Value;
    private readonly string _deployment = stripe.Value.Deployment;

    /// <summary>The order that a payment intent paid: that of a session or of a renewal.</summary>
    public async Task<string?> FindByPaymentIntentAsync(InFlightEntry entry, string? paymentIntent, CancellationToken stopping)
    {
        if (string.IsNullOrEmpty(paymentIntent))
        {
            return null;
        }

        return await index.FindSessionAsync(paymentIntent) ?? await AskAsync(entry, async () =>
        {
            if (await account.FindByPaymentIntentAsync(paymentIntent, stopping) is { } session)
            {
                return CheckoutMetadata.IsOurs(session.Metadata, _deployment) ? session.Id : null;
            }

            // A subscription's session has no payment intent; its invoices have.
            if (await account.FindInvoiceAsync(paymentIntent, stopping) is not { } invoice)
            {
                return null;
            }

            if (await orders.FindAsync(invoice.Id) is not null)
            {
                return invoice.Id;
            }

            return invoice.Parent?.SubscriptionDetails is not { } details || !CheckoutMetadata.IsOurs(details.Metadata, _deployment) ? null
                : invoice.BillingReason is null or BillingReason.Create ? (await account.FindBySubscriptionAsync(details.SubscriptionId, stopping))?.Id
                : invoice.BillingReason == BillingReason.Cycle || BillingReason.IsChange(invoice.BillingReason) ? invoice.Id
                : null;
        }, stopping);
    }

    /// <summary>The session that began a subscription.</summary>
    /// <param name="entry">The entry that names the subscription.</param>
    /// <param name="subscription">The subscription, or null.</param>
    /// <param name="metadata">The subscription's metadata. Stripe is asked only about subscriptions that name this installation.</param>
    /// <param name="stopping">Signaled when the worker stops.</param>
    public async Task<string?> FindSaleIdAsync(
        InFlightEntry entry, string? subscription, IReadOnlyDictionary<string, string>? metadata, CancellationToken stopping)
    {
        if (string.IsNullOrEmpty(subscription))
        {
            return null;
        }

        return await index.FindSessionAsync(subscription) ?? (CheckoutMetadata.IsOurs(metadata, _deployment)
            ? await AskAsync(entry, async () => (await account.FindBySubscriptionAsync(subscription, stopping))?.Id, stopping)
            : null);
    }

    /// <summary>The order of the session that began a subscription.</summary>
    public async Task<Order?> FindSaleAsync(
        InFlightEntry entry, string? subscription, IReadOnlyDictionary<string, string>? metadata, CancellationToken stopping) =>
        await FindSaleIdAsync(entry, subscription, metadata, stopping) is { } known ? await orders.FindAsync(known) : null;

    /// <summary>A subscription as it is now.</summary>
    public Task<SubscriptionObject> ReadSubscriptionAsync(InFlightEntry entry, string subscription, CancellationToken stopping) =>
        AskAsync(entry, async () => SubscriptionObject.From(await account.GetSubscriptionAsync(subscription, stopping)), stopping);

    /// <summary>Compares an order with Stripe.</summary>
    public Task RereadAsync(InFlightEntry entry, string orderId, CancellationToken stopping) => AskAsync(
        entry,
        async () =>
        {
            await rereading.ReadAsync(orderId, stopping);
            return true;
        },
        stopping);

    /// <summary>What Stripe sold in a session.</summary>
    public async Task<IReadOnlyList<OrderLine>> ReadLinesAsync(InFlightEntry entry, string sessionId, CancellationToken stopping) =>
    [
        .. (await AskAsync(entry, () => account.ListLinesAsync(sessionId, stopping), stopping)).Select(line => new OrderLine
        {
            Name = line.Description,
            Quantity = line.Quantity ?? 0,
            UnitAmount = StripeReader.UnitAmountOf(line),
            PriceId = line.Price?.Id,
            Recurring = line.Price?.Recurring is not null,
        }),
    ];

    /// <summary>Whether the seal of a session is this installation's. A seal that covers the lines is compared with those that Stripe has.</summary>
    public async Task<bool> IsSealGenuineAsync(InFlightEntry entry, CheckoutFact fact, CancellationToken stopping)
    {
        if (!SaleSeal.CoversLines(fact.Seal))
        {
            return SaleSeal.Verify(fact.Seal, _stripe.SecretKey, fact.OrderRef, fact.Owner, fact.AmountSubtotal, fact.Currency);
        }

        var lines = await AskAsync(entry, () => account.ListLinesAsync(fact.SessionId, stopping), stopping);
        return SaleSeal.Verify(
            fact.Seal, _stripe.SecretKey, fact.OrderRef, fact.Owner, fact.AmountSubtotal, fact.Currency,
            [.. lines.Select(line => new SealedLine(line.Price?.Id, line.Quantity ?? 0, StripeReader.UnitAmountOf(line)))]);
    }

    /// <summary>Whether the ledger's index knows a payment intent.</summary>
    public async Task<bool> IsKnownAsync(string? paymentIntent) =>
        paymentIntent is not null && await index.FindSessionAsync(paymentIntent) is not null;

    public void Dispose() => _asking.Dispose();

    private async Task<T> AskAsync<T>(InFlightEntry entry, Func<Task<T>> ask, CancellationToken stopping)
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
