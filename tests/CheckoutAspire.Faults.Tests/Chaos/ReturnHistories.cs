using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>Generates the refunds and disputes of a payment: the events that Stripe sends for each state, and the state that they end with.</summary>
internal sealed class ReturnHistories(Random random)
{
    /// <summary>A state of an object, and the types of the events that report it.</summary>
    private sealed record State(string Status, params string[] Types);

    private static readonly State[][] s_refunds =
    [
        [new("succeeded", HandledEvents.RefundCreated, HandledEvents.ChargeRefunded)],
        [new("pending", HandledEvents.RefundCreated), new("succeeded", HandledEvents.RefundUpdated, HandledEvents.ChargeRefunded)],
        [
            new("succeeded", HandledEvents.RefundCreated, HandledEvents.ChargeRefunded),
            new("failed", HandledEvents.RefundUpdated, HandledEvents.RefundFailed, HandledEvents.ChargeRefundUpdated),
        ],
        [new("pending", HandledEvents.RefundCreated), new("failed", HandledEvents.RefundUpdated, HandledEvents.RefundFailed)],
        [new("pending", HandledEvents.RefundCreated), new("canceled", HandledEvents.RefundUpdated)],
    ];

    private static readonly State[][] s_disputes =
    [
        [new("needs_response", HandledEvents.DisputeCreated, HandledEvents.DisputeFundsWithdrawn)],
        [
            new("needs_response", HandledEvents.DisputeCreated, HandledEvents.DisputeFundsWithdrawn),
            new("under_review", HandledEvents.DisputeUpdated),
            new("won", HandledEvents.DisputeClosed, HandledEvents.DisputeFundsReinstated),
        ],
        [
            new("needs_response", HandledEvents.DisputeCreated, HandledEvents.DisputeFundsWithdrawn),
            new("under_review", HandledEvents.DisputeUpdated),
            new("lost", HandledEvents.DisputeClosed),
        ],
        [
            new("warning_needs_response", HandledEvents.DisputeCreated),
            new("warning_under_review", HandledEvents.DisputeUpdated),
            new("warning_closed", HandledEvents.DisputeClosed),
        ],
        [
            new("warning_needs_response", HandledEvents.DisputeCreated),
            new("needs_response", HandledEvents.DisputeUpdated, HandledEvents.DisputeFundsWithdrawn),
            new("lost", HandledEvents.DisputeClosed),
        ],
    ];

    /// <summary>The end of each refund and dispute of a payment, and the events in the order in which Stripe generates them.</summary>
    public (IReadOnlyList<ReturnFact> Ends, IReadOnlyList<byte[]> Events) Make(string orderId, string paymentIntent)
    {
        // A second for each state, so that what comes later is later.
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        var (ends, events, refunded) = (new List<ReturnFact>(), new List<byte[]>(), 0L);
        for (var number = random.Next(3); number > 0; number--)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"re_{orderId}_{number}");
            var (states, before) = (s_refunds[random.Next(s_refunds.Length)], refunded);
            foreach (var state in states)
            {
                var fact = LedgerKit.Return(ReturnKind.Refund, id, state.Status, 1000 * number, at = at.AddSeconds(1));
                refunded = before + (state.Status == "succeeded" ? fact.Amount : 0);
                events.AddRange(state.Types.Select(type => type == HandledEvents.ChargeRefunded
                    ? Charge(orderId, paymentIntent, refunded, at)
                    : Event(type, "refund", fact, paymentIntent)));
                Replace(ends, fact);
            }
        }

        for (var number = random.Next(4) == 0 ? 2 : random.Next(2); number > 0; number--)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"du_{orderId}_{number}");
            foreach (var state in s_disputes[random.Next(s_disputes.Length)])
            {
                var fact = LedgerKit.Return(ReturnKind.Dispute, id, state.Status, 2000 * number, at = at.AddSeconds(1));
                events.AddRange(state.Types.Select(type => Event(type, "dispute", fact, paymentIntent)));
                Replace(ends, fact);
            }
        }

        return (ends, events);
    }

    private static void Replace(List<ReturnFact> ends, ReturnFact fact)
    {
        ends.RemoveAll(end => end.Id == fact.Id);
        ends.Add(fact);
    }

    private static byte[] Event(string type, string kind, ReturnFact fact, string paymentIntent) => StripeEvents.Of(
        type,
        new JsonObject
        {
            ["id"] = fact.Id,
            ["object"] = kind,
            ["amount"] = fact.Amount,
            ["currency"] = fact.Currency,
            ["payment_intent"] = paymentIntent,
            ["reason"] = kind == "dispute" ? "general" : "requested_by_customer",
            ["status"] = fact.Status,
        },
        change: root => root["created"] = fact.AsOf.ToUnixTimeSeconds());

    private static byte[] Charge(string orderId, string paymentIntent, long refunded, DateTimeOffset at) => StripeEvents.Of(
        HandledEvents.ChargeRefunded,
        new JsonObject
        {
            ["id"] = "ch_" + orderId,
            ["object"] = "charge",
            ["amount"] = 9998,
            ["amount_refunded"] = refunded,
            ["currency"] = "usd",
            ["payment_intent"] = paymentIntent,
        },
        change: root => root["created"] = at.ToUnixTimeSeconds());
}
