using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// What happens to a subscription after its first payment. Each renewal is an order of its own, known by its invoice. The subscription's
/// state is recorded on the order of the session that began it: its entry goes on in that order's partition, where the record and the
/// acknowledgement are one step.
/// </summary>
internal sealed class SubscriptionEventProcessor(
    EventStream events,
    OrderTransitions transitions,
    SubscriptionRenewals renewals,
    LedgerPartitions partitions,
    OrderLookup lookup,
    IOptions<StripeOptions> stripe,
    TimeProvider time)
{
    private const string SubscriptionPrefix = "sub_";

    /// <summary>The renewal that an invoice's event reports, which is then found through its sale; null when it does not report one.</summary>
    /// <exception cref="UnreadableEventException">The event is not what Stripe documents.</exception>
    public async Task<CheckoutFact?> ReadRenewalAsync(InFlightEntry entry, EventEntry content, CancellationToken stopping)
    {
        if (CheckoutEventReader.ReadRenewal(content) is not var (invoice, asOf))
        {
            return null;
        }

        var sale = await lookup.FindSaleAsync(entry, invoice.SubscriptionId, invoice.Metadata, stopping);
        if (sale is not null && !RenewalRules.KnowsWhatRecurs(sale))
        {
            sale = sale with { LineItems = await lookup.ReadLinesAsync(entry, sale.SessionId, stopping) };
        }

        var fact = invoice.ToFact(content.Type.ToString(), stripe.Value, sale, asOf, EventSource.Of(content));
        if (sale is not null)
        {
            // Before the entry is settled: after a crash it is added again, which changes nothing. The sale's renewals are together with it.
            await transitions.UnarchiveAsync(sale.SessionId);
            await renewals.AddAsync(sale.SessionId, fact.SessionId, fact.CreatedAt);
        }

        return fact;
    }

    /// <summary>Records a subscription's state.</summary>
    /// <exception cref="UnreadableEventException">The event is not what Stripe documents.</exception>
    public async Task<Outcome> ProcessAsync(InFlightEntry entry, EventEntry content, CancellationToken stopping)
    {
        var read = EventJson.ReadEvent(content.Body, EventJson.Default.StripeEventSubscriptionObject);
        var subscription = read.Data.Object;
        var fact = subscription.ToFact(
            read.Created == 0 ? content.ReceivedAt : EventTime.Read(read.Created), content.Id.StartsWith(EventTime.ReadPrefix));
        var objectId = content.ObjectId.ToString();
        if (!objectId.StartsWith(SubscriptionPrefix, StringComparison.Ordinal))
        {
            return await RecordAsync(entry, objectId, subscription.Id, fact, stopping);
        }

        if (await lookup.FindSaleIdAsync(entry, subscription.Id, subscription.Metadata, stopping) is not { } saleId)
        {
            await events.AcknowledgeAsync(entry.Partition, entry.Id);
            return Outcome.Foreign;
        }

        // A crash between these two leaves two copies: a state is recorded once.
        await events.AppendAsync(partitions.Of(saleId), content with { ObjectId = saleId });
        await events.AcknowledgeAsync(entry.Partition, entry.Id);
        return Outcome.Forwarded;
    }

    /// <summary>Stripe's times are whole seconds. Which of two states of one second is later, only Stripe can tell.</summary>
    private async Task<Outcome> RecordAsync(
        InFlightEntry entry, string sessionId, string subscriptionId, SubscriptionFact fact, CancellationToken stopping)
    {
        var outcome = await transitions.RecordSubscriptionAsync(sessionId, entry.Id, fact);
        return outcome is Outcome.Ambiguous
            ? await transitions.RecordSubscriptionAsync(
                sessionId,
                entry.Id,
                (await lookup.ReadSubscriptionAsync(entry, subscriptionId, stopping)).ToFact(time.GetUtcNow(), readFromStripe: true))
            : outcome;
    }
}
