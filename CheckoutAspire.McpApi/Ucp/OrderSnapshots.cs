using System.Globalization;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Creates the protocol's orders from the lines of a draft and the ledger's timeline.</summary>
internal sealed class OrderSnapshots(CheckoutDrafts drafts, CheckoutView view)
{
    private const string Claimed = "claimed";
    private const string Fulfilled = "fulfilled";
    private const string Refunded = "refunded";

    /// <summary>The caller's order with this id, or null. An order exists once its checkout is paid.</summary>
    public async Task<UcpOrder?> FindAsync(Caller caller, string id)
    {
        if (CheckoutDraft.IdOfOrder(id) is not { } draftId
            || await drafts.FindAsync(caller, draftId) is not { Draft: { SessionId: not null } draft }
            || await view.OrderOfAsync(draft) is not { } order
            || view.StatusOf(draft, order) is not UcpCheckoutStatus.Completed)
        {
            return null;
        }

        return Describe(draft, order, view.PermalinkOf(order.SessionId));
    }

    private static UcpOrder Describe(CheckoutDraft draft, Order order, string permalink)
    {
        var paid = CheckoutView.PaidIn(draft, order);
        UcpMessage[] messages =
        [
            .. order.State is OrderState.NeedsReview
                ? (UcpMessage[])[UcpMessage.Info("order_under_review", "The order is paid. The seller reviews it before it is fulfilled.")]
                : [],
            .. CheckoutView.CurrencyMessages(draft, order),
        ];
        return new UcpOrder
        {
            Ucp = UcpVersion.Order,
            Id = draft.OrderRef,
            CheckoutId = draft.Id,
            PermalinkUrl = permalink,
            LineItems = [.. draft.Lines.Select(line => Line(line, order.State is OrderState.Fulfilled))],
            Fulfillment = new UcpFulfillment { Events = [.. EventsOf(draft, order)] },
            Adjustments = [.. AdjustmentsOf(order)],
            Currency = paid.Currency.ToUpperInvariant(),
            Totals = CheckoutView.TotalsOf(paid.Subtotal, paid.Total),
            Messages = messages.Length == 0 ? null : messages,
        };
    }

    private static UcpOrderLineItem Line(DraftLine line, bool fulfilled) => new()
    {
        Id = line.Id,
        Item = CheckoutView.ItemOf(line),
        Quantity = new UcpOrderQuantity { Original = line.Quantity, Total = line.Quantity, Fulfilled = fulfilled ? line.Quantity : 0 },
        Totals = CheckoutView.TotalsOf(line.UnitAmount * line.Quantity, line.UnitAmount * line.Quantity),
        Status = fulfilled ? Fulfilled : "processing",
    };

    /// <summary>The timeline is append-only, so the index of a step is a stable id. A second claim after a crash is not another event.</summary>
    private static IEnumerable<UcpFulfillmentEvent> EventsOf(CheckoutDraft draft, Order order) => order.Timeline
        .Select((step, place) => (step, place))
        .Where(entry => entry.step.What is Claimed or Fulfilled)
        .DistinctBy(entry => entry.step.What)
        .Select(entry => new UcpFulfillmentEvent
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"evt_{entry.place}"),
            OccurredAt = entry.step.At,
            Type = entry.step.What == Claimed ? "processing" : Fulfilled,
            LineItems = [.. draft.Lines.Select(line => new UcpLineQuantity { Id = line.Id, Quantity = line.Quantity })],
        });

    private static IEnumerable<UcpAdjustment> AdjustmentsOf(Order order)
    {
        foreach (var refund in order.Refunds)
        {
            yield return Adjustment("refund", refund.Id, refund.AsOf, -refund.Amount, refund.Status switch
            {
                "succeeded" => "completed",
                "failed" or "canceled" => "failed",
                _ => "pending",
            });
        }

        // Of these the ledger knows the sum, and not yet the refunds.
        var others = order.AmountRefunded - order.Refunds.Where(refund => refund.Effect is ReturnEffect.Counts).Sum(refund => refund.Amount);
        if (others > 0)
        {
            yield return Adjustment("refund", "refunded", order.Timeline.LastOrDefault(step => step.What == Refunded)?.At ?? default, -others, "completed");
        }

        foreach (var dispute in order.Disputes.Where(dispute => dispute.Effect is not ReturnEffect.Inquiry))
        {
            yield return Adjustment("dispute", dispute.Id, dispute.AsOf, -dispute.Amount, dispute switch
            {
                { Status: "lost" } => "completed",
                { Effect: ReturnEffect.None } => "failed",
                _ => "pending",
            });
        }
    }

    private static UcpAdjustment Adjustment(string type, string id, DateTimeOffset at, long amount, string status) => new()
    {
        Id = "adj_" + id,
        Type = type,
        OccurredAt = at,
        Status = status,
        Totals = [Total(amount)],
    };

    private static UcpTotal Total(long amount) => new() { Type = "total", Amount = amount };
}
