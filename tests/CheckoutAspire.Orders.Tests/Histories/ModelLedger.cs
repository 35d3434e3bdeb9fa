using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>
/// The ledger as a plain in-memory model: the specification that the Lua scripts are compared with. Time is the model's own: a lease runs
/// out when the history says so.
/// </summary>
internal sealed class ModelLedger
{
    private readonly Dictionary<string, ModelOrder> _orders = [];

    public HashSet<string> Open { get; } = [];

    /// <summary>The entries that were read and not settled.</summary>
    public HashSet<int> Pending { get; } = [];

    public ModelOrder? Find(string id) => _orders.GetValueOrDefault(id) is { Exists: true } order ? order : null;

    public bool Record(string id, long subtotal, string currency)
    {
        if (Find(id) is not { } known)
        {
            Create(id, (subtotal, currency));
            return true;
        }

        if (known.Causes.Contains("origin"))
        {
            // The record proves a session that only claimed to be ours, and what it was sold for.
            var differs = known.Sold != (subtotal, currency);
            known.Sold = (subtotal, currency);
            if (differs && known.Payment is OrderPayment.Paid)
            {
                known.HoldFor("sale");
            }

            known.EndCause("origin");
        }

        return false;
    }

    public (Outcome Outcome, long Fence) Apply(int entry, CheckoutFact fact, bool withLease)
    {
        var change = fact.Fact;
        if (Find(fact.SessionId) is not { } order)
        {
            if (fact.Origin is SaleOrigin.Foreign || change is PaymentStatusChange.None
                || (fact.Origin is SaleOrigin.Claimed && change is PaymentStatusChange.Failed or PaymentStatusChange.Expired))
            {
                return Settle(entry, Outcome.Foreign);
            }

            order = Create(fact.SessionId, (fact.AmountSubtotal, fact.Currency));
            if (fact.Origin is SaleOrigin.Claimed)
            {
                order.HoldFor("origin");
            }
        }

        var payment = PaymentAfter(change);
        if (Rank(payment) > Rank(order.Payment))
        {
            order.Payment = payment;
            if (payment is not OrderPayment.Processing)
            {
                Open.Remove(fact.SessionId);
            }

            if (payment is not OrderPayment.Paid)
            {
                return Settle(entry, payment switch
                {
                    OrderPayment.Processing => Outcome.AwaitingPayment,
                    OrderPayment.Failed => Outcome.Failed,
                    _ => Outcome.Expired,
                });
            }

            var held = order.Fulfillment is OrderFulfillment.Held;
            var differs = order.Sold != (fact.AmountSubtotal, fact.Currency) || fact.Suspicion.Length > 0;
            if (differs && (held || order.Fulfillment is OrderFulfillment.None))
            {
                order.HoldFor("sale");
                return Settle(entry, Outcome.NeedsReview);
            }

            if (held || order.Fulfillment is OrderFulfillment.Rejected or OrderFulfillment.Claimed or OrderFulfillment.Fulfilled)
            {
                return Settle(entry, held ? Outcome.NeedsReview : Outcome.Recorded);
            }
        }
        else if (order.Fulfillment is not (OrderFulfillment.Ready or OrderFulfillment.Claimed)
            || change is not (PaymentStatusChange.Paid or PaymentStatusChange.None))
        {
            return Settle(entry, Outcome.Duplicate);
        }

        return Claim(order, entry, withLease);
    }

    public Outcome Fulfill(string id, int entry, long fence)
    {
        var order = Find(id)!;
        if (order.Fulfillment is OrderFulfillment.Fulfilled)
        {
            return Settle(entry, Outcome.Duplicate).Outcome;
        }

        if (order.Fulfillment is not OrderFulfillment.Claimed || order.Fence != fence)
        {
            return Outcome.Stale;
        }

        order.Fulfill();
        return Settle(entry, Outcome.Fulfilled).Outcome;
    }

    public bool Complete(string id, long fence, string handler)
    {
        var order = Find(id)!;
        // No claim has the fence 0: an order that was held before its first claim has no handlers that could be done.
        if (order.Fulfillment is not (OrderFulfillment.Claimed or OrderFulfillment.Held) || order.Fence != fence || fence == 0)
        {
            return false;
        }

        // What is done is noted, although a hold stops the rest.
        order.Done.Add(handler);
        order.Leased |= order.Fulfillment is OrderFulfillment.Claimed;
        return order.Fulfillment is OrderFulfillment.Claimed;
    }

    public Outcome RecordReturn(string id, int entry, ReturnFact fact)
    {
        if (!_orders.TryGetValue(id, out var order))
        {
            _orders[id] = order = new ModelOrder();
        }

        var outcome = fact.Kind is ReturnKind.Dispute ? RecordDispute(order, fact) : RecordRefund(order, fact);
        return Settle(entry, outcome).Outcome;
    }

    /// <param name="hold">The number of the hold that the decision is about; null for the present one.</param>
    public Decision Decide(string id, bool approve, int? hold, bool unpaid)
    {
        if (Find(id) is not { } order)
        {
            return Decision.Unknown;
        }

        if (order.Fulfillment is not OrderFulfillment.Held)
        {
            var again = approve && order.Approved && order.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed
                && (hold is null || hold == order.DecidedHold);
            return again ? Decision.Approved : Decision.NotInReview;
        }

        if (hold is { } number && number != order.Hold)
        {
            return Decision.OtherHold;
        }

        if (approve && order.Payment is not OrderPayment.Paid && !unpaid)
        {
            return Decision.Unpaid;
        }

        order.DecidedHold = order.Hold;
        order.Causes.Clear();
        (order.Approved, order.Fulfillment) = (approve, approve ? OrderFulfillment.Ready : OrderFulfillment.Rejected);
        return approve ? Decision.Approved : Decision.Rejected;
    }

    private ModelOrder Create(string id, (long, string) sold)
    {
        if (!_orders.TryGetValue(id, out var order))
        {
            _orders[id] = order = new ModelOrder();
        }

        (order.Exists, order.Sold) = (true, sold);
        order.Fulfillment = order.Causes.Count > 0 ? OrderFulfillment.Held : OrderFulfillment.None;
        Open.Add(id);
        return order;
    }

    private (Outcome Outcome, long Fence) Claim(ModelOrder order, int entry, bool withLease)
    {
        if (order is { Fulfillment: OrderFulfillment.Claimed, Leased: true })
        {
            return order.Entry == entry ? (Outcome.Busy, 0) : Settle(entry, Outcome.Duplicate);
        }

        // Claimed by a worker with handlers: one without any does not fulfill it.
        if (!withLease && order.Fulfillment is OrderFulfillment.Claimed)
        {
            order.HoldFor("handlers");
            return Settle(entry, Outcome.NeedsReview);
        }

        order.Fence++;
        if (!withLease)
        {
            order.Fulfill();
            return (Settle(entry, Outcome.Fulfilled).Outcome, order.Fence);
        }

        (order.Fulfillment, order.Leased, order.Entry) = (OrderFulfillment.Claimed, true, entry);
        return (Outcome.Claimed, order.Fence);
    }

    /// <summary>A refund moves by the rank of its status; what is read from Stripe is so now. Each amount more holds the order once more.</summary>
    private static Outcome RecordRefund(ModelOrder order, ReturnFact fact)
    {
        var before = order.Refunded;
        if (fact.Kind is ReturnKind.Charge)
        {
            var failed = order.Refunds.Values.Where(refund => refund.Effect is ReturnEffect.None).ToList();
            var ever = fact.Amount + failed.Where(refund => refund.AsOf < fact.AsOf).Sum(refund => refund.Amount);
            var mayDrop = failed.Any(refund => refund.AsOf >= fact.AsOf);
            var (amount, asOf) = order.Charge;
            if (fact.AsOf < asOf || (fact.AsOf == asOf && (ever == amount || (ever < amount && !mayDrop))))
            {
                return Outcome.Duplicate;
            }

            order.Charge = (ever, fact.AsOf);
        }
        else
        {
            if (order.Refunds.TryGetValue(fact.Id, out var was) && fact.Rank <= was.Rank && !IsCorrection(fact, was))
            {
                return Outcome.Duplicate;
            }

            order.Refunds[fact.Id] = fact;
        }

        if (order.IsClosed || (order.Refunded > 0 && order.Refunded <= before))
        {
            return Outcome.Recorded;
        }

        if (order.Refunded > 0)
        {
            order.HoldFor("refunds");
            return Outcome.NeedsReview;
        }

        order.EndCause("refunds");
        return Outcome.Recorded;
    }

    /// <summary>A dispute moves by time or by rank. It holds the order when it begins, and when an inquiry becomes a dispute.</summary>
    private static Outcome RecordDispute(ModelOrder order, ReturnFact fact)
    {
        var known = order.Disputes.TryGetValue(fact.Id, out var was);
        if (known && fact.AsOf <= was!.AsOf && fact.Rank <= was.Rank && !IsCorrection(fact, was))
        {
            return Outcome.Duplicate;
        }

        order.Disputes[fact.Id] = known && was!.AsOf > fact.AsOf ? fact with { AsOf = was.AsOf } : fact;
        if (known && was!.Status == fact.Status)
        {
            return Outcome.Duplicate;
        }

        if (order.IsClosed)
        {
            return Outcome.Recorded;
        }

        if (fact.Effect is ReturnEffect.None)
        {
            order.EndCause(fact.Id);
            return Outcome.Recorded;
        }

        if (known && was!.Effect is not ReturnEffect.None && (was.Effect, fact.Effect) is not (ReturnEffect.Inquiry, ReturnEffect.Counts))
        {
            return Outcome.Recorded;
        }

        order.HoldFor(fact.Id);
        return Outcome.NeedsReview;
    }

    private static bool IsCorrection(ReturnFact fact, ReturnFact was) => fact.ReadFromStripe && (fact.Status != was.Status || fact.Amount != was.Amount);

    private static OrderPayment PaymentAfter(PaymentStatusChange change) => change switch
    {
        PaymentStatusChange.Paid => OrderPayment.Paid,
        PaymentStatusChange.Processing => OrderPayment.Processing,
        PaymentStatusChange.Failed => OrderPayment.Failed,
        PaymentStatusChange.Expired => OrderPayment.Expired,
        _ => OrderPayment.Unpaid,
    };

    private static int Rank(OrderPayment payment) => payment switch
    {
        OrderPayment.Unpaid => 0,
        OrderPayment.Processing => 1,
        OrderPayment.Paid => 3,
        _ => 2,
    };

    private (Outcome Outcome, long Fence) Settle(int entry, Outcome outcome)
    {
        Pending.Remove(entry);
        return (outcome, 0);
    }
}
