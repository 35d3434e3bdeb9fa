using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Notes refunds and disputes on their orders. These events carry no session: it is found by the payment intent, and the entry
/// goes on in the session's partition, where the note and the settlement are one step.
/// </summary>
internal sealed class PaymentEventProcessor(
    EventStream events,
    OrderTransitions transitions,
    LedgerPartitions partitions,
    WitnessOutbox intents,
    StripeReader account,
    IOptions<StripeOptions> stripe)
{
    private readonly string _deployment = stripe.Value.Deployment;

    public async Task<Outcome> ProcessAsync(InFlightEntry entry, EventEntry content, CancellationToken stopping)
    {
        var payment = EventJson.Read(content.Body, EventJson.Default.StripeEventChargeOrDispute);
        if (IsSession(content.ObjectId.ToString()))
        {
            var (note, amount, detail) = payment.ToNote(content.Type.ToString());
            return await transitions.NoteAsync(content.ObjectId.ToString(), entry.Id, content.Id, note, amount, detail);
        }

        if (await FindSessionAsync(payment.PaymentIntent, stopping) is not { } sessionId)
        {
            await events.AcknowledgeAsync(entry.Partition, entry.Id);
            return Outcome.Foreign;
        }

        // A crash between these two leaves two copies: the note is taken once for each event.
        await events.AppendAsync(partitions.Of(sessionId), content with { ObjectId = sessionId });
        await events.AcknowledgeAsync(entry.Partition, entry.Id);
        return Outcome.Forwarded;
    }

    private async Task<string?> FindSessionAsync(string? paymentIntent, CancellationToken stopping)
    {
        if (paymentIntent is null)
        {
            return null;
        }

        if (await intents.FindSessionAsync(paymentIntent) is { } known)
        {
            return known;
        }

        var session = await account.FindByPaymentIntentAsync(paymentIntent, stopping);
        return session is not null && CheckoutMetadata.IsOurs(session.Metadata, _deployment) ? session.Id : null;
    }

    private static bool IsSession(string id) => id.StartsWith("cs_", StringComparison.Ordinal);
}
