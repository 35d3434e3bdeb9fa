using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Orders.Tests;

/// <summary>
/// The state machine as a plain in-memory model: the specification that the Lua scripts are compared with. The model has its own
/// time: the history decides when a lease expires.
/// </summary>
internal sealed class ModelLedger
{
    private const int NoEntry = -1;

    public sealed class ModelOrder
    {
        public OrderPayment Payment { get; set; } = OrderPayment.Unpaid;

        public OrderFulfillment Fulfillment { get; set; } = OrderFulfillment.None;

        public long Subtotal { get; set; }

        public long Fence { get; set; }

        public bool Leased { get; set; }

        public int Entry { get; set; } = NoEntry;

        public int Fulfillments { get; set; }

        public bool Approved { get; set; }

        public int Hold { get; set; }

        public SortedSet<string> Causes { get; } = new(StringComparer.Ordinal);

        /// <summary>Each refund's rank: 0 pending, 2 succeeded, 4 failed.</summary>
        public Dictionary<string, int> Refunds { get; } = [];

        public SortedSet<string> Done { get; } = new(StringComparer.Ordinal);

        public long Refunded => Refunds.Values.Count(rank => rank < 3);
    }

    public Dictionary<string, ModelOrder> Orders { get; } = [];

    /// <summary>The refunds of orders that are not recorded yet.</summary>
    public Dictionary<string, ModelOrder> Kept { get; } = [];

    public HashSet<string> Open { get; } = [];

    /// <summary>Entries that are in the stream and read by the group.</summary>
    public HashSet<int> Pending { get; } = [];

    public bool Record(string id, long subtotal)
    {
        if (Orders.TryGetValue(id, out var known))
        {
            // The record proves a session that only claimed to be ours.
            if (known.Fulfillment is OrderFulfillment.Held && known.Causes.Remove("origin") && known.Causes.Count == 0)
            {
                known.Fulfillment = known.Payment is OrderPayment.Paid ? OrderFulfillment.Ready : OrderFulfillment.None;
            }

            return false;
        }

        var order = Orders[id] = Kept.Remove(id, out var kept) ? kept : new ModelOrder();
        order.Subtotal = subtotal;
        order.Fulfillment = order.Causes.Count > 0 ? OrderFulfillment.Held : OrderFulfillment.None;
        Open.Add(id);
        return true;
    }

    public (Outcome Outcome, long Fence) Apply(
        string id, int entry, PaymentStatusChange change, SaleOrigin origin, long subtotal, bool withLease)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            if (origin is SaleOrigin.Foreign || change is PaymentStatusChange.None
                || (origin is SaleOrigin.Claimed && change is PaymentStatusChange.Failed or PaymentStatusChange.Expired))
            {
                return Settle(entry, Outcome.Foreign);
            }

            order = Orders[id] = Kept.Remove(id, out var kept) ? kept : new ModelOrder();
            order.Subtotal = subtotal;
            order.Fulfillment = order.Causes.Count > 0 ? OrderFulfillment.Held : OrderFulfillment.None;
            Open.Add(id);
            if (origin is SaleOrigin.Claimed)
            {
                HoldFor(order, "origin");
            }
        }

        var payment = change switch
        {
            PaymentStatusChange.Paid => OrderPayment.Paid,
            PaymentStatusChange.Processing => OrderPayment.Processing,
            PaymentStatusChange.Failed => OrderPayment.Failed,
            PaymentStatusChange.Expired => OrderPayment.Expired,
            _ => OrderPayment.Unpaid,
        };
        var news = Rank(payment) > Rank(order.Payment);
        if (news)
        {
            order.Payment = payment;
            if (payment is not OrderPayment.Processing)
            {
                Open.Remove(id);
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
            if (order.Subtotal != subtotal && (held || order.Fulfillment is OrderFulfillment.None))
            {
                HoldFor(order, "sale");
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

        if (order is { Fulfillment: OrderFulfillment.Claimed, Leased: true })
        {
            return order.Entry == entry ? (Outcome.Busy, 0) : Settle(entry, Outcome.Duplicate);
        }

        order.Fence++;
        if (!withLease)
        {
            Fulfill(order);
            Settle(entry, default);
            return (Outcome.Fulfilled, order.Fence);
        }

        (order.Fulfillment, order.Leased, order.Entry) = (OrderFulfillment.Claimed, true, entry);
        return (Outcome.Claimed, order.Fence);
    }

    public Outcome Fulfill(string id, int entry, long fence)
    {
        var order = Orders[id];
        if (order.Fulfillment is OrderFulfillment.Fulfilled)
        {
            Settle(entry, default);
            return Outcome.Duplicate;
        }

        if (order.Fulfillment is not OrderFulfillment.Claimed || order.Fence != fence)
        {
            return Outcome.Stale;
        }

        Fulfill(order);
        Settle(entry, default);
        return Outcome.Fulfilled;
    }

    public bool Complete(string id, long fence, string handler)
    {
        var order = Orders[id];
        if (order.Fulfillment is not OrderFulfillment.Claimed || order.Fence != fence)
        {
            return false;
        }

        order.Done.Add(handler);
        order.Leased = true;
        return true;
    }

    /// <summary>A refund of 1 with a rank: 0 pending, 2 succeeded, 4 failed.</summary>
    public Outcome Refund(string id, int entry, string refund, int rank)
    {
        if (!Orders.TryGetValue(id, out var order) && !Kept.TryGetValue(id, out order))
        {
            order = Kept[id] = new ModelOrder();
        }

        if (order.Refunds.TryGetValue(refund, out var was) && rank <= was)
        {
            return Settle(entry, Outcome.Duplicate).Outcome;
        }

        var before = order.Refunded;
        order.Refunds[refund] = rank;
        if (order.Fulfillment is OrderFulfillment.Fulfilled or OrderFulfillment.Rejected)
        {
            return Settle(entry, Outcome.Recorded).Outcome;
        }

        if (order.Refunded > before)
        {
            HoldFor(order, "refunds");
            return Settle(entry, Outcome.NeedsReview).Outcome;
        }

        if (order.Refunded == 0 && order.Causes.Remove("refunds") && order.Causes.Count == 0)
        {
            order.Fulfillment = order.Payment is OrderPayment.Paid ? OrderFulfillment.Ready : OrderFulfillment.None;
        }

        return Settle(entry, Outcome.Recorded).Outcome;
    }

    public Decision Decide(string id, bool approve, bool unpaid)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            return Decision.Unknown;
        }

        if (order.Fulfillment is not OrderFulfillment.Held)
        {
            return approve && order.Approved && order.Fulfillment is OrderFulfillment.Ready or OrderFulfillment.Claimed
                ? Decision.Approved
                : Decision.NotInReview;
        }

        if (approve && order.Payment is not OrderPayment.Paid && !unpaid)
        {
            return Decision.Unpaid;
        }

        (order.Approved, order.Fulfillment) = (approve, approve ? OrderFulfillment.Ready : OrderFulfillment.Rejected);
        order.Causes.Clear();
        return approve ? Decision.Approved : Decision.Rejected;
    }

    public void LeaseRunsOut(string id) => Orders[id].Leased = false;

    private static int Rank(OrderPayment payment) => payment switch
    {
        OrderPayment.Unpaid => 0,
        OrderPayment.Processing => 1,
        OrderPayment.Paid => 3,
        _ => 2,
    };

    private static void HoldFor(ModelOrder order, string cause)
    {
        order.Causes.Add(cause);
        order.Hold++;
        (order.Fulfillment, order.Leased, order.Entry, order.Approved) = (OrderFulfillment.Held, false, NoEntry, false);
    }

    private static void Fulfill(ModelOrder order)
    {
        (order.Fulfillment, order.Leased, order.Entry) = (OrderFulfillment.Fulfilled, false, NoEntry);
        order.Fulfillments++;
    }

    private (Outcome Outcome, long Fence) Settle(int entry, Outcome outcome)
    {
        Pending.Remove(entry);
        return (outcome, 0);
    }
}
