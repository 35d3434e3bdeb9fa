using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests.Histories;

/// <summary>A fact about an order: either about its payment or about a return.</summary>
internal sealed record HistoryFact(string OrderId, CheckoutFact? Payment, ReturnFact? Return);

/// <summary>
/// Stripe's side of a history: sessions, renewals, refunds and disputes, which only move as Stripe's documentation says. Each move generates
/// facts, which the history delivers in any order, several times or never.
/// </summary>
internal sealed class ModelStripe
{
    private static readonly string[] s_inquiryEnds = ["warning_under_review", "warning_closed", "needs_response"];

    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_795_600_000);

    /// <summary>What a history sells: proven sales, renewals, sessions that only claim to be ours, and a foreign session.</summary>
    public IReadOnlyList<StripeSale> Sales { get; } =
    [
        new("cs_plain", SaleOrigin.Proven),
        new("cs_other", SaleOrigin.Proven),
        // The seal covers the amount and the currency, so it does not prove a session that differs from what was sold.
        new("cs_cheap", SaleOrigin.Claimed) { Subtotal = 1 },
        new("cs_euro", SaleOrigin.Claimed) { Currency = "eur" },
        new("cs_claimed", SaleOrigin.Claimed),
        new("cs_foreign", SaleOrigin.Foreign),
        new("in_renewal", SaleOrigin.Proven) { IsRenewal = true },
        new("in_suspicious", SaleOrigin.Proven) { IsRenewal = true, Suspicion = "the renewal is for 0" },
    ];

    /// <summary>Every fact so far.</summary>
    public List<HistoryFact> Facts { get; } = [];

    public void LetTimePass() => _now = _now.AddSeconds(1);

    /// <summary>The buyer, the bank or time moves a payment.</summary>
    public void MovePayment(StripeSale sale, int choice)
    {
        var moved = (sale.Payment, sale.IsRenewal) switch
        {
            // A renewal that failed is collected later, or never.
            (OrderPayment.Unpaid, true) => choice % 3 == 0 ? OrderPayment.Failed : OrderPayment.Paid,
            (OrderPayment.Failed, true) => OrderPayment.Paid,
            (OrderPayment.Unpaid, false) => (choice % 4) switch
            {
                0 => OrderPayment.Expired,
                1 => OrderPayment.Processing,
                _ => OrderPayment.Paid,
            },
            (OrderPayment.Processing, _) => choice % 2 == 0 ? OrderPayment.Failed : OrderPayment.Paid,
            _ => sale.Payment,
        };
        if (moved != sale.Payment)
        {
            sale.Payment = moved;
            Facts.Add(sale.ToFact());
        }
    }

    /// <summary>The merchant refunds, or a refund moves on.</summary>
    public void MoveRefund(StripeSale sale, int slot, int choice)
    {
        if (sale.Payment is not OrderPayment.Paid || sale.Origin is SaleOrigin.Foreign)
        {
            return;
        }

        var id = $"re_{sale.Id}_{slot}";
        var moved = sale.Refunds.GetValueOrDefault(id)?.Status switch
        {
            null => choice % 3 == 0 ? "pending" : "succeeded",
            "pending" => (choice % 3) switch { 0 => "succeeded", 1 => "failed", _ => "canceled" },
            "succeeded" => "failed",
            _ => null,
        };
        if (moved is null)
        {
            return;
        }

        sale.Refunds[id] = LedgerKit.Return(ReturnKind.Refund, id, moved, 100 + (150 * slot), _now);
        Facts.Add(new HistoryFact(sale.Id, null, sale.Refunds[id]));
        if (moved == "succeeded")
        {
            var refunded = sale.Refunds.Values.Where(refund => refund.Status == "succeeded").Sum(refund => refund.Amount);
            Facts.Add(new HistoryFact(sale.Id, null, LedgerKit.Return(ReturnKind.Charge, "ch_" + sale.Id, "refunded", refunded, _now)));
        }
    }

    /// <summary>The buyer's bank inquires, disputes or decides.</summary>
    public void MoveDispute(StripeSale sale, int slot, int choice)
    {
        if (sale.Payment is not OrderPayment.Paid || sale.Origin is SaleOrigin.Foreign)
        {
            return;
        }

        var id = $"du_{sale.Id}_{slot}";
        var moved = sale.Disputes.GetValueOrDefault(id)?.Status switch
        {
            null => choice % 2 == 0 ? "needs_response" : "warning_needs_response",
            "warning_needs_response" => s_inquiryEnds[choice % 3],
            "warning_under_review" => s_inquiryEnds[1 + (choice % 2)],
            "needs_response" => (choice % 3) switch { 0 => "under_review", 1 => "won", _ => "lost" },
            "under_review" => choice % 2 == 0 ? "won" : "lost",
            _ => null,
        };
        if (moved is not null)
        {
            sale.Disputes[id] = LedgerKit.Return(ReturnKind.Dispute, id, moved, 1000 * (1 + slot), _now);
            Facts.Add(new HistoryFact(sale.Id, null, sale.Disputes[id]));
        }
    }

    /// <summary>An order's objects as reconciliation reads them now.</summary>
    public IEnumerable<HistoryFact> Read(StripeSale sale) =>
    [
        .. sale.Payment is OrderPayment.Unpaid ? (HistoryFact[])[] : [sale.ToFact()],
        .. sale.Refunds.Values.Concat(sale.Disputes.Values)
            .Select(found => new HistoryFact(sale.Id, null, found with { AsOf = _now, ReadFromStripe = true })),
    ];
}

/// <summary>A session or a renewal's invoice at Stripe, with the refunds and disputes of its payment.</summary>
internal sealed record StripeSale(string Id, SaleOrigin Origin)
{
    public bool IsRenewal { get; init; }

    /// <summary>What the buyer pays. It was sold for 9998 usd.</summary>
    public long Subtotal { get; init; } = 9998;

    public string Currency { get; init; } = "usd";

    public string Suspicion { get; init; } = "";

    public OrderPayment Payment { get; set; } = OrderPayment.Unpaid;

    public Dictionary<string, ReturnFact> Refunds { get; } = [];

    public Dictionary<string, ReturnFact> Disputes { get; } = [];

    public long Refunded => Refunds.Values.Where(refund => refund.Effect is ReturnEffect.Counts).Sum(refund => refund.Amount);

    public long Disputed => Disputes.Values.Where(dispute => dispute.Effect is ReturnEffect.Counts).Sum(dispute => dispute.Amount);

    public bool DiffersFromSale => Subtotal != 9998 || Currency != "usd";

    public CheckoutFact News(PaymentStatusChange change) => LedgerKit.Fact(Id, change) with
    {
        Origin = Origin,
        AmountSubtotal = Subtotal,
        AmountTotal = Subtotal,
        Currency = Currency,
        Suspicion = Suspicion,
        TotalVaries = IsRenewal,
    };

    public HistoryFact ToFact() => new(Id, News(Payment switch
    {
        OrderPayment.Paid => PaymentStatusChange.Paid,
        OrderPayment.Processing => PaymentStatusChange.Processing,
        OrderPayment.Failed => PaymentStatusChange.Failed,
        _ => PaymentStatusChange.Expired,
    }), null);
}
