using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Stripe;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>
/// Reads the whole order that handlers receive: the verified fact, the sale that the ledger recorded, and the session or the invoice. Stripe is asked
/// only for what the event does not contain. Personal data stays in memory: it is neither written to the ledger nor logged.
/// </summary>
internal sealed class PaidOrderReader(OrderLedger orders, WitnessOutbox index, StripeReader stripe, IOptions<PersonalDataOptions> personalData)
{
    /// <summary>Reads a claimed order.</summary>
    /// <param name="fact">The verified fact.</param>
    /// <param name="entry">The entry that carried it.</param>
    /// <param name="body">The event; that of a released hold is empty.</param>
    /// <param name="fence">The claim's fence.</param>
    /// <param name="cancellationToken">Signaled when the claim is lost or the worker stops.</param>
    /// <exception cref="StripeException">Stripe does not answer, which is a failed attempt.</exception>
    public async Task<PaidOrder> ReadAsync(CheckoutFact fact, InFlightEntry entry, RedisValue body, long fence, CancellationToken cancellationToken)
    {
        var order = fact.SessionId.StartsWith("in_", StringComparison.Ordinal)
            ? await ReadRenewalAsync(fact, entry, body, fence, cancellationToken)
            : await ReadSessionAsync(fact, entry, body, fence, cancellationToken);
        return personalData.Value.IsPassedOn
            ? order
            : order with { Buyer = null, Shipping = null, BillingAddress = null, TaxIds = [], CustomFields = [] };
    }

    private async Task<PaidOrder> ReadSessionAsync(
        CheckoutFact fact, InFlightEntry entry, RedisValue body, long fence, CancellationToken cancellationToken)
    {
        var sale = await orders.FindAsync(fact.SessionId);
        return EventBody.Read<Session>(body) is { } session && session.Id == fact.SessionId && SaysItAll(session, sale)
            ? SessionOrder.From(fact, fence, session, sale)
            : SessionOrder.From(fact, fence, await AskAsync(entry, () => stripe.GetWithLinesAsync(fact.SessionId, cancellationToken)), sale);
    }

    /// <summary>An event has no lines. They are the ledger's, if nothing was added to them or deducted.</summary>
    private static bool SaysItAll(Session session, Order? sale) =>
        sale is { LineItems.Count: > 0 }
        && session.ShippingCost is null
        && session.TotalDetails is null or { AmountDiscount: 0, AmountTax: 0, AmountShipping: null or 0 }
        && session.AmountTotal == session.AmountSubtotal
        && session.Currency == sale.Sold.Currency
        && sale.LineItems.All(line => line is { Name: not null, UnitAmount: not null, StripeProductId: not null })
        && sale.LineItems.Sum(line => line.UnitAmount * line.Quantity) == session.AmountSubtotal;

    private async Task<PaidOrder> ReadRenewalAsync(
        CheckoutFact fact, InFlightEntry entry, RedisValue body, long fence, CancellationToken cancellationToken)
    {
        var invoice = EventBody.Read<Invoice>(body) is { Lines.HasMore: false, ShippingCost: null } read && read.Id == fact.SessionId
            ? read
            : await AskAsync(entry, () => stripe.GetInvoiceWithLinesAsync(fact.SessionId, cancellationToken));
        var sale = await FindSaleAsync(entry, invoice.Parent?.SubscriptionDetails?.SubscriptionId, cancellationToken);
        return InvoiceOrder.From(fact, fence, invoice, sale);
    }

    /// <summary>The order of the session that began a subscription; null if the ledger does not have it.</summary>
    private async Task<Order?> FindSaleAsync(InFlightEntry entry, string? subscription, CancellationToken cancellationToken)
    {
        if (subscription is null)
        {
            return null;
        }

        var sessionId = await index.FindSessionAsync(subscription)
            ?? await AskAsync(entry, async () => (await stripe.FindBySubscriptionAsync(subscription, cancellationToken))?.Id);
        return sessionId is null ? null : await orders.FindAsync(sessionId);
    }

    /// <summary>Entries that wait for Stripe do not count toward the consumer's concurrency. The shared rate limits their calls.</summary>
    private static async Task<T> AskAsync<T>(InFlightEntry entry, Func<Task<T>> ask)
    {
        entry.AsksStripe(true);
        try
        {
            return await ask();
        }
        finally
        {
            entry.AsksStripe(false);
        }
    }
}
