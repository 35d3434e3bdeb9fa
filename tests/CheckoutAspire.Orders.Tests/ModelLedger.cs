using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;


namespace CheckoutAspire.Orders.Tests;

/// <summary>
/// The state machine as a plain in-memory model: the specification that the Lua scripts are held against. Time is the model's own:
/// a lease runs out when the history says so.
/// </summary>
internal sealed class ModelLedger
{
    private const int NoEntry = -1;

    public sealed class ModelOrder
    {
        public OrderState State { get; set; } = OrderState.Created;

        public long Subtotal { get; set; }

        public long Fence { get; set; }

        public bool Leased { get; set; }

        public int Entry { get; set; } = NoEntry;

        public int Fulfillments { get; set; }

        public Decision? Decision { get; set; }

        public HashSet<string> Noted { get; } = [];

        public SortedSet<string> Done { get; } = new(StringComparer.Ordinal);
    }

    public Dictionary<string, ModelOrder> Orders { get; } = [];

    public HashSet<string> Owed { get; } = [];

    public HashSet<string> Open { get; } = [];

    /// <summary>Entries that are in the stream and read by the group.</summary>
    public HashSet<int> Pending { get; } = [];

    public bool Record(string id, long subtotal)
    {
        if (!Orders.TryAdd(id, new ModelOrder { Subtotal = subtotal }))
        {
            return false;
        }

        Open.Add(id);
        return true;
    }

    public (Outcome Outcome, long Fence) Apply(string id, int entry, PaymentStatusChange fact, bool ours, long subtotal, bool withLease)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            if (!ours)
            {
                return Settle(entry, Outcome.Foreign);
            }

            order = Orders[id] = new ModelOrder { Subtotal = subtotal };
        }

        if (order.State is OrderState.Fulfilled || order.Decision is Decision.Rejected
            || (order.State is OrderState.NeedsReview && order.Decision is not Decision.Approved))
        {
            return Settle(entry, Outcome.Duplicate);
        }

        switch (fact)
        {
            case PaymentStatusChange.Unpaid:
                if (order.State is not OrderState.Created)
                {
                    return Settle(entry, Outcome.Duplicate);
                }

                order.State = OrderState.AwaitingPayment;
                return Settle(entry, Outcome.AwaitingPayment);
            case PaymentStatusChange.Failed or PaymentStatusChange.Expired:
                if (order.State is not (OrderState.Created or OrderState.AwaitingPayment))
                {
                    return Settle(entry, Outcome.Duplicate);
                }

                order.State = fact is PaymentStatusChange.Failed ? OrderState.Failed : OrderState.Expired;
                Open.Remove(id);
                return Settle(entry, fact is PaymentStatusChange.Failed ? Outcome.Failed : Outcome.Expired);
        }

        if (order is { State: OrderState.Claimed, Leased: true })
        {
            return order.Entry == entry ? (Outcome.Busy, 0) : Settle(entry, Outcome.Duplicate);
        }

        Open.Remove(id);
        if (order.Subtotal != subtotal && order.Decision is not Decision.Approved)
        {
            Review(id, order);
            return Settle(entry, Outcome.NeedsReview);
        }

        order.Fence++;
        if (!withLease)
        {
            Fulfill(id, order);
            Settle(entry, default);
            return (Outcome.Fulfilled, order.Fence);
        }

        (order.State, order.Leased, order.Entry) = (OrderState.Claimed, true, entry);
        Owed.Add(id);
        return (Outcome.Claimed, order.Fence);
    }

    public Outcome Fulfill(string id, int entry, long fence)
    {
        var order = Orders[id];
        if (order.State is OrderState.Fulfilled)
        {
            Settle(entry, default);
            return Outcome.Duplicate;
        }

        if (order.State is not OrderState.Claimed || order.Fence != fence)
        {
            return Outcome.Stale;
        }

        Fulfill(id, order);
        Settle(entry, default);
        return Outcome.Fulfilled;
    }

    public bool Complete(string id, long fence, string handler)
    {
        var order = Orders[id];
        if (order.State is not OrderState.Claimed || order.Fence != fence)
        {
            return false;
        }

        order.Done.Add(handler);
        order.Leased = true;
        return true;
    }

    public Outcome Note(string id, int entry, string eventId)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            return Settle(entry, Outcome.Unknown).Outcome;
        }

        if (!order.Noted.Add(eventId))
        {
            return Settle(entry, Outcome.Duplicate).Outcome;
        }

        if (order.State is OrderState.Fulfilled or OrderState.NeedsReview)
        {
            return Settle(entry, Outcome.Noted).Outcome;
        }

        Review(id, order);
        return Settle(entry, Outcome.NeedsReview).Outcome;
    }

    public Decision Decide(string id, bool approve)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            return Decision.Unknown;
        }

        if (order.State is not OrderState.NeedsReview || order.Decision is not null)
        {
            return Decision.NotInReview;
        }

        order.Decision = approve ? Decision.Approved : Decision.Rejected;
        if (!approve)
        {
            Owed.Remove(id);
        }

        return order.Decision.Value;
    }

    public void LeaseRunsOut(string id) => Orders[id].Leased = false;

    private void Review(string id, ModelOrder order)
    {
        (order.State, order.Leased, order.Entry) = (OrderState.NeedsReview, false, NoEntry);
        Open.Remove(id);
        Owed.Add(id);
    }

    private void Fulfill(string id, ModelOrder order)
    {
        (order.State, order.Leased, order.Entry) = (OrderState.Fulfilled, false, NoEntry);
        order.Fulfillments++;
        Owed.Remove(id);
    }

    private (Outcome Outcome, long Fence) Settle(int entry, Outcome verdict)
    {
        Pending.Remove(entry);
        return (verdict, 0);
    }
}
