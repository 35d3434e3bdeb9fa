using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>An order of the model, in its four parts.</summary>
internal sealed class ModelOrder
{
    public const int NoEntry = -1;

    /// <summary>Whether the ledger has the order. Its returns are kept before that too.</summary>
    public bool Exists { get; set; }

    public (long Subtotal, string Currency) Sold { get; set; }

    public OrderPayment Payment { get; set; } = OrderPayment.Unpaid;

    public OrderFulfillment Fulfillment { get; set; } = OrderFulfillment.None;

    public long Fence { get; set; }

    public bool Leased { get; set; }

    /// <summary>The entry whose claim is not finished.</summary>
    public int Entry { get; set; } = NoEntry;

    public int Fulfillments { get; set; }

    /// <summary>The number of the last hold.</summary>
    public int Hold { get; set; }

    /// <summary>Why the order is held.</summary>
    public SortedSet<string> Causes { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the last hold was approved.</summary>
    public bool Approved { get; set; }

    public int DecidedHold { get; set; }

    /// <summary>The handlers that are done.</summary>
    public SortedSet<string> Done { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ReturnFact> Refunds { get; } = [];

    public Dictionary<string, ReturnFact> Disputes { get; } = [];

    /// <summary>What was ever refunded on the charge, including refunds that failed, and the time of that report.</summary>
    public (long Amount, DateTimeOffset AsOf) Charge { get; set; }

    /// <summary>The refunded total: the refunds that count, and what the charge reports beyond the refunds that it can include.</summary>
    public long Refunded
    {
        get
        {
            var counting = Refunds.Values.Where(refund => refund.Effect is ReturnEffect.Counts).Sum(refund => refund.Amount);
            var included = Refunds.Values.Where(refund => refund.Amount <= Charge.Amount).Sum(refund => refund.Amount);
            return counting + Math.Max(0, Charge.Amount - included);
        }
    }

    public long Disputed => Disputes.Values.Where(dispute => dispute.Effect is ReturnEffect.Counts).Sum(dispute => dispute.Amount);

    public bool IsClosed => Fulfillment is OrderFulfillment.Fulfilled or OrderFulfillment.Rejected;

    public void HoldFor(string cause)
    {
        Causes.Add(cause);
        Hold++;
        (Leased, Entry, Approved) = (false, NoEntry, false);
        if (Exists)
        {
            Fulfillment = OrderFulfillment.Held;
        }
    }

    public void EndCause(string cause)
    {
        if (Causes.Remove(cause) && Causes.Count == 0 && Exists)
        {
            Fulfillment = Payment is OrderPayment.Paid ? OrderFulfillment.Ready : OrderFulfillment.None;
        }
    }

    public void Fulfill()
    {
        (Fulfillment, Leased, Entry) = (OrderFulfillment.Fulfilled, false, NoEntry);
        Fulfillments++;
    }
}
