using System.Diagnostics;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using CheckoutAspire.Orders.Ledger;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Creates the protocol's checkout from a draft and the ledger.</summary>
internal sealed class CheckoutView(
    OrderLedger ledger, ShortLinks links, IOptions<OriginOptions> app, IOptions<UcpOptions> ucp, TimeProvider time)
{
    /// <summary>The order of a draft, or null if it has none yet.</summary>
    public async Task<Order?> OrderOfAsync(CheckoutDraft draft)
    {
        if (draft.SessionId is not { } sessionId)
        {
            return null;
        }

        McpApiTelemetry.TagSession(Activity.Current, sessionId);
        return await ledger.FindAsync(sessionId);
    }

    /// <summary>The current status of a draft.</summary>
    public UcpCheckoutStatus StatusOf(CheckoutDraft draft, Order? order) => CheckoutLifecycle.StatusOf(draft, order, time.GetUtcNow());

    /// <summary>The whole checkout.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="order">Its order, or null.</param>
    /// <param name="more">Additional messages about this call.</param>
    public UcpCheckout Describe(CheckoutDraft draft, Order? order, params IReadOnlyList<UcpMessage> more)
    {
        var status = StatusOf(draft, order);
        var paid = PaidIn(draft, order);
        UcpMessage[] messages = [.. MessagesOf(draft, order, status), .. CurrencyMessages(draft, order), .. more];
        return new UcpCheckout
        {
            Ucp = UcpVersion.Checkout,
            Id = draft.Id,
            Status = status,
            LineItems = [.. draft.Lines.Select(Line)],
            Buyer = draft.Buyer,
            Currency = paid.Currency.ToUpperInvariant(),
            Totals = TotalsOf(paid.Subtotal, paid.Total),
            Messages = messages.Length == 0 ? null : messages,
            Links = ucp.Value.Links,
            ExpiresAt = order?.ExpiresAt ?? draft.ExpiresAt,
            ContinueUrl = status switch
            {
                UcpCheckoutStatus.RequiresEscalation => (order is null ? null : links.Of(order)) ?? draft.CheckoutUrl,
                UcpCheckoutStatus.CompleteInProgress when draft.SessionId is not null => PermalinkOf(draft.SessionId),
                _ => null,
            },
            Order = status is UcpCheckoutStatus.Completed
                ? new UcpOrderConfirmation { Id = draft.OrderRef, PermalinkUrl = PermalinkOf(draft.SessionId!) }
                : null,
        };
    }

    /// <summary>The seller's page about an order.</summary>
    public string PermalinkOf(string sessionId) => $"{app.Value.AppOrigin}/checkout/success?session_id={sessionId}";

    /// <summary>The amounts of a checkout in the currency that the buyer pays in, which may differ from the one of the catalog's prices.</summary>
    public static (string Currency, long Subtotal, long Total) PaidIn(CheckoutDraft draft, Order? order) => order switch
    {
        null or { Currency.Length: 0 } => (draft.Currency, draft.Subtotal, draft.Subtotal),
        _ when order.Currency == draft.Currency => (draft.Currency, draft.Subtotal, order.AmountTotal),
        _ => (order.Currency, order.AmountSubtotal, order.AmountTotal),
    };

    /// <summary>Tells a platform that the lines' prices and the totals are in two currencies.</summary>
    public static IEnumerable<UcpMessage> CurrencyMessages(CheckoutDraft draft, Order? order) =>
        PaidIn(draft, order).Currency is var paid && paid != draft.Currency
            ? [UcpMessage.Warning("currency_changed", $"The buyer paid in {paid.ToUpperInvariant()}. The lines have the catalog's prices in {draft.Currency.ToUpperInvariant()}.", "$.line_items")]
            : [];

    /// <summary>Subtotal and total, and their difference: discounts, tax and shipping, of which only the sum is known.</summary>
    public static IReadOnlyList<UcpTotal> TotalsOf(long subtotal, long total)
    {
        List<UcpTotal> totals = [new() { Type = "subtotal", Amount = subtotal }];
        if (total != subtotal)
        {
            totals.Add(new UcpTotal { Type = "adjustment", DisplayText = "Discounts, tax and shipping", Amount = total - subtotal });
        }

        totals.Add(new UcpTotal { Type = "total", Amount = total });
        return totals;
    }

    public static UcpItem ItemOf(DraftLine line) =>
        new() { Id = line.ItemId, Title = line.Title, Price = line.UnitAmount, ImageUrl = line.ImageUrl };

    private static UcpLineItem Line(DraftLine line) => new()
    {
        Id = line.Id,
        Item = ItemOf(line),
        Quantity = line.Quantity,
        Totals = TotalsOf(line.UnitAmount * line.Quantity, line.UnitAmount * line.Quantity),
    };

    private static IEnumerable<UcpMessage> MessagesOf(CheckoutDraft draft, Order? order, UcpCheckoutStatus status) => status switch
    {
        UcpCheckoutStatus.Incomplete or UcpCheckoutStatus.ReadyForComplete => draft.Messages,
        UcpCheckoutStatus.RequiresEscalation =>
        [
            UcpMessage.Error(
                "payment_required",
                UcpSeverity.RequiresBuyerInput,
                "The buyer pays on the seller's hosted page. Show continue_url as a link, then follow the checkout with get_checkout.",
                "$.payment"),
        ],
        UcpCheckoutStatus.CompleteInProgress when draft.SessionId is null =>
            [UcpMessage.Info("completion_unfinished", "The completion was interrupted. Repeat complete_checkout.")],
        UcpCheckoutStatus.CompleteInProgress =>
            [UcpMessage.Info("payment_processing", "The buyer has completed the payment page, and the bank has been asked to pay, which can take some days.")],
        UcpCheckoutStatus.Canceled when order?.State is OrderState.Failed =>
            [UcpMessage.Error("payment_failed", UcpSeverity.Unrecoverable, "The buyer's bank did not pay. Create another checkout.")],
        UcpCheckoutStatus.Canceled when draft.Phase is not DraftPhase.Canceled =>
            [UcpMessage.Error("expired", UcpSeverity.Unrecoverable, "The checkout expired unpaid. Create another one.")],
        _ => [],
    };
}
