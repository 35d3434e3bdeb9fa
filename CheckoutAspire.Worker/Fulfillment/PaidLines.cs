using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using Stripe;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The lines of a paid order: amounts are Stripe's, and the catalog's and the caller's ids are those of the line that was sold.</summary>
internal static class PaidLines
{
    /// <summary>The lines of a sale to which nothing was added and from which nothing was deducted.</summary>
    public static IReadOnlyList<PaidLine> Of(IReadOnlyList<OrderLine> sold) =>
    [
        .. sold.Select(line => new PaidLine
        {
            ProductId = line.ProductId,
            CallerRef = line.CallerRef,
            IsNamedByCaller = line.IsNamedByCaller,
            StripeProduct = line.StripeProductId,
            StripePrice = PriceOf(line),
            Name = line.Name ?? "",
            Quantity = line.Quantity,
            UnitAmount = line.UnitAmount,
            AmountSubtotal = (line.UnitAmount ?? 0) * line.Quantity,
            AmountTotal = (line.UnitAmount ?? 0) * line.Quantity,
        }),
    ];

    /// <summary>The lines of a session.</summary>
    public static IReadOnlyList<PaidLine> Of(IEnumerable<LineItem> items, IReadOnlyList<OrderLine> sold)
    {
        var left = sold.ToList();
        return
        [
            .. items.Select(item =>
            {
                var line = Take(left, item.Price?.Id, item.Description);
                return new PaidLine
                {
                    ProductId = line?.ProductId,
                    CallerRef = line?.CallerRef,
                    IsNamedByCaller = line?.IsNamedByCaller ?? true,
                    StripeProduct = item.Price?.ProductId,
                    StripePrice = item.Price?.Id,
                    Name = item.Description ?? line?.Name ?? "",
                    Quantity = item.Quantity ?? 0,
                    UnitAmount = UnitAmountOf(item.AmountSubtotal, item.Quantity),
                    AmountSubtotal = item.AmountSubtotal,
                    AmountDiscount = item.AmountDiscount,
                    AmountTax = item.AmountTax,
                    AmountTotal = item.AmountTotal,
                };
            }),
        ];
    }

    /// <summary>The lines of a renewal. Stripe describes them as <c>2 × Red mug (at $49.99 / month)</c>.</summary>
    public static IReadOnlyList<PaidLine> Of(IEnumerable<InvoiceLineItem> items, IReadOnlyList<OrderLine> sold)
    {
        var left = sold.ToList();
        return
        [
            .. items.Select(item =>
            {
                var price = item.Pricing?.PriceDetails;
                var line = Take(left, price?.PriceId, name: null);
                var subtotal = item.Subtotal != 0 ? item.Subtotal : item.Amount;
                var discount = item.DiscountAmounts?.Sum(part => part.Amount) ?? 0;
                return new PaidLine
                {
                    ProductId = line?.ProductId,
                    CallerRef = line?.CallerRef,
                    IsNamedByCaller = line?.IsNamedByCaller ?? true,
                    StripeProduct = price?.Product,
                    StripePrice = price?.PriceId,
                    Name = line?.Name ?? item.Description ?? "",
                    Quantity = item.Quantity ?? 0,
                    UnitAmount = UnitAmountOf(subtotal, item.Quantity),
                    AmountSubtotal = subtotal,
                    AmountDiscount = discount,
                    AmountTax = item.Taxes?.Sum(tax => tax.Amount) ?? 0,
                    AmountTotal = subtotal - discount + (item.Taxes?.Where(tax => tax.TaxBehavior == "exclusive").Sum(tax => tax.Amount) ?? 0),
                };
            }),
        ];
    }

    private static string? PriceOf(OrderLine line) => line.StripePriceId ?? line.PriceId;

    /// <summary>
    /// The line that was sold at a Price. Two lines of one Price are taken in the order of the sale. A line whose Price the ledger does not know is
    /// taken by its name; a renewal has one such line at most, because it is the only one left.
    /// </summary>
    private static OrderLine? Take(List<OrderLine> left, string? price, string? name)
    {
        var line = left.Find(line => price is not null && PriceOf(line) == price)
            ?? left.Find(line => PriceOf(line) is null && name is not null && line.Name == name)
            ?? (name is null && left.Count == 1 && PriceOf(left[0]) is null ? left[0] : null);
        if (line is not null)
        {
            left.Remove(line);
        }

        return line;
    }

    private static long? UnitAmountOf(long subtotal, long? quantity) => quantity is > 0 and var units && subtotal % units == 0 ? subtotal / units : null;
}
