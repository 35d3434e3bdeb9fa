using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Worker.Events;

/// <summary>Compares a renewal with the sale that began its subscription.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A renewal charges the lines of the sale that recur, so its subtotal is theirs. Discounts, tax and shipping do not change it.</item>
/// <item>If the sale allows neither promotion codes nor tax nor shipping, the amount paid is the subtotal. A discount or a credit that the
/// seller gave later at Stripe is held too: only the seller knows that it is meant.</item>
/// <item>If it allows them, the amount paid is above zero, because a renewal for nothing proves no payment, and at most one and a half times
/// the subtotal: no country's sales tax exceeds 30 %.</item>
/// <item>Orders of earlier ledgers do not say which lines recur, and an order that was recorded from its event has no lines. A renewal of
/// these costs at least the cheapest line, as far as lines are known, and at most what was sold.</item>
/// </list>
/// </remarks>
internal static class RenewalRules
{
    /// <summary>Why a person has to look at the renewal before it is fulfilled; null if it fits the sale.</summary>
    public static string? Check(Order sale, string currency, long subtotal, long paid)
    {
        if (currency != sale.Sold.Currency)
        {
            return $"currency {sale.Sold.Currency} was sold, {currency} was renewed";
        }

        if (paid <= 0 || subtotal <= 0)
        {
            return $"the renewal is for {Math.Min(paid, subtotal)}";
        }

        var (least, most) = Bounds(sale);
        if (subtotal < least || subtotal > most)
        {
            return least == most
                ? $"amount_subtotal {most} was sold for each period, {subtotal} was renewed"
                : $"amount_subtotal {most} was sold, {subtotal} was renewed";
        }

        return sale.TotalVaries
            ? paid > subtotal + (subtotal / 2) ? $"amount_subtotal {subtotal} was renewed, {paid} was paid" : null
            : paid != subtotal ? $"amount_subtotal {subtotal} was renewed without discounts or tax, {paid} was paid" : null;
    }

    /// <summary>The subtotals that a renewal may have. They are equal if it is known which lines recur.</summary>
    private static (long Least, long Most) Bounds(Order sale)
    {
        var lines = sale.LineItems;
        if (lines.Count == 0)
        {
            return (1, sale.Sold.Subtotal);
        }

        // A subscription has at least one line that recurs.
        var isKnown = lines.Count == 1 || lines.All(line => line.Recurring is not null);
        var amounts = lines.Where(line => lines.Count == 1 || line.Recurring is not false).Select(line => line.UnitAmount * line.Quantity).ToList();
        return amounts.Count == 0 || amounts.Contains(null) ? (1, sale.Sold.Subtotal)
            : isKnown ? (amounts.Sum() ?? 0, amounts.Sum() ?? 0)
            : (amounts.Min() ?? 1, sale.Sold.Subtotal);
    }
}
