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

    public (Verdict Verdict, long Fence) Apply(string id, int entry, PaymentFact fact, bool ours, long subtotal, bool withLease)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            if (!ours)
            {
                return Settle(entry, Verdict.Foreign);
            }

            order = Orders[id] = new ModelOrder { Subtotal = subtotal };
        }

        if (order.State is OrderState.Fulfilled || order.Decision is Decision.Rejected
            || (order.State is OrderState.NeedsReview && order.Decision is not Decision.Approved))
        {
            return Settle(entry, Verdict.Duplicate);
        }

        switch (fact)
        {
            case PaymentFact.Unpaid:
                if (order.State is not OrderState.Created)
                {
                    return Settle(entry, Verdict.Duplicate);
                }

                order.State = OrderState.AwaitingPayment;
                return Settle(entry, Verdict.AwaitingPayment);
            case PaymentFact.Failed or PaymentFact.Expired:
                if (order.State is not (OrderState.Created or OrderState.AwaitingPayment))
                {
                    return Settle(entry, Verdict.Duplicate);
                }

                order.State = fact is PaymentFact.Failed ? OrderState.Failed : OrderState.Expired;
                Open.Remove(id);
                return Settle(entry, fact is PaymentFact.Failed ? Verdict.Failed : Verdict.Expired);
        }

        if (order is { State: OrderState.Claimed, Leased: true })
        {
            return order.Entry == entry ? (Verdict.Busy, 0) : Settle(entry, Verdict.Duplicate);
        }

        Open.Remove(id);
        if (order.Subtotal != subtotal && order.Decision is not Decision.Approved)
        {
            Review(id, order);
            return Settle(entry, Verdict.NeedsReview);
        }

        order.Fence++;
        if (!withLease)
        {
            Fulfill(id, order);
            Settle(entry, default);
            return (Verdict.Fulfilled, order.Fence);
        }

        (order.State, order.Leased, order.Entry) = (OrderState.Claimed, true, entry);
        Owed.Add(id);
        return (Verdict.Claimed, order.Fence);
    }

    public Verdict Fulfill(string id, int entry, long fence)
    {
        var order = Orders[id];
        if (order.State is OrderState.Fulfilled)
        {
            Settle(entry, default);
            return Verdict.Duplicate;
        }

        if (order.State is not OrderState.Claimed || order.Fence != fence)
        {
            return Verdict.Stale;
        }

        Fulfill(id, order);
        Settle(entry, default);
        return Verdict.Fulfilled;
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

    public Verdict Note(string id, int entry, string eventId)
    {
        if (!Orders.TryGetValue(id, out var order))
        {
            return Settle(entry, Verdict.Unknown).Verdict;
        }

        if (!order.Noted.Add(eventId))
        {
            return Settle(entry, Verdict.Duplicate).Verdict;
        }

        if (order.State is OrderState.Fulfilled or OrderState.NeedsReview)
        {
            return Settle(entry, Verdict.Noted).Verdict;
        }

        Review(id, order);
        return Settle(entry, Verdict.NeedsReview).Verdict;
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

    private (Verdict Verdict, long Fence) Settle(int entry, Verdict verdict)
    {
        Pending.Remove(entry);
        return (verdict, 0);
    }
}
