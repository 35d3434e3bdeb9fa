using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Records refunds and disputes on their orders. Their events do not name a session. The session is found by the payment intent, and
/// the entry is forwarded to the order's partition, where it is recorded and acknowledged in one step.
/// </summary>
internal sealed class ReturnEventProcessor(
    EventStream events,
    OrderTransitions transitions,
    LedgerPartitions partitions,
    OrderLookup lookup)
{
    public async Task<Outcome> ProcessAsync(InFlightEntry entry, EventEntry content, CancellationToken stopping)
    {
        var type = content.Type.ToString();
        var read = EventJson.ReadEvent(content.Body, EventJson.Default.StripeEventReturnObject);
        var fact = read.Data.Object.ToFact(
            type,
            read.Created == 0 ? content.ReceivedAt : EventTime.Read(read.Created),
            content.Id.StartsWith(EventTime.ReadPrefix));
        var objectId = content.ObjectId.ToString();
        if (IsOrder(objectId))
        {
            return await transitions.RecordReturnAsync(objectId, entry.Id, fact);
        }

        if (await lookup.FindByPaymentIntentAsync(entry, read.Data.Object.PaymentIntent, stopping) is not { } orderId)
        {
            await events.AcknowledgeAsync(entry.Partition, entry.Id);
            return Outcome.Foreign;
        }

        // A crash between these two calls leaves two copies. A fact is recorded only once.
        await events.AppendAsync(partitions.Of(orderId), content with { ObjectId = orderId });
        await events.AcknowledgeAsync(entry.Partition, entry.Id);
        return Outcome.Forwarded;
    }

    private static bool IsOrder(string id) => id.StartsWith("cs_", StringComparison.Ordinal) || id.StartsWith("in_", StringComparison.Ordinal);
}
