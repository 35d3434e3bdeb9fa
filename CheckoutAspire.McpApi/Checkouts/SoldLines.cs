using System.Globalization;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>The lines of a sale as the ledger records them.</summary>
internal static class SoldLines
{
    /// <summary>
    /// The lines of a request with what Stripe's response adds to them. The buyer sees the name of the Price's Product; if it was not looked up before,
    /// the response has it.
    /// </summary>
    public static List<OrderLine> Of(SessionRequest request, Session session) =>
    [
        .. request.Lines.Select((line, at) => (line, item: ItemOf(line, at, session.LineItems?.Data ?? []))).Select(sold => new OrderLine
        {
            Name = sold.line.Name ?? (sold.item?.Description is { } description ? VisibleText.Of(description) : null),
            Quantity = sold.line.Quantity,
            UnitAmount = sold.line.UnitAmount ?? UnitAmountOf(sold.item),
            ProductId = sold.line.ProductId,
            CallerRef = sold.line.CallerRef,
            PriceId = sold.line.PriceId,
            StripeProductId = sold.item?.Price.ProductId,
            StripePriceId = sold.line.PriceId is null ? sold.item?.Price.Id : null,
            Recurring = IsRecurring(request.Mode, sold.line, sold.item),
        }),
    ];

    /// <summary>Stripe's line: the one at the line's Price. A line with its own amount is at its place, and Stripe has made its Price.</summary>
    private static global::Stripe.LineItem? ItemOf(SaleLine line, int at, List<global::Stripe.LineItem> items) =>
        line.PriceId is not null ? items.Find(item => item.Price?.Id == line.PriceId)
        : at < items.Count && items[at] is { Price: not null } item && item.Description == line.Name && item.Quantity == line.Quantity
            && item.AmountSubtotal == line.Amount() ? item
        : null;

    /// <summary>Whether a line is charged again in each period; null if only Stripe knows.</summary>
    private static bool? IsRecurring(string mode, SaleLine line, global::Stripe.LineItem? item) =>
        mode != CheckoutMode.Subscription ? false
        : line.PriceId is null || line.UnitAmount is not null ? line.Recurring is not null
        : item is not null ? item.Price.Recurring is not null
        : null;

    // A Price's own amount is in its own currency; the line's amount is in the session's. Tiers and packages may have no amount for each unit.
    private static long? UnitAmountOf(global::Stripe.LineItem? item) => item switch
    {
        null => null,
        _ when item.Currency == item.Price.Currency => item.Price.UnitAmount,
        { Quantity: > 0 and var quantity } when item.AmountSubtotal % quantity == 0 => item.AmountSubtotal / quantity,
        _ => null,
    };

    /// <summary>The name of an order in lists.</summary>
    public static string NameOf(List<OrderLine> lines) =>
        lines.Count == 1 ? lines[0].Name ?? "" : string.Create(CultureInfo.InvariantCulture, $"{lines[0].Name ?? "A product"} and {lines.Count - 1} more");
}
