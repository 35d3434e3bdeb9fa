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
/// <item>Orders of earlier ledgers do not say which lines recur, and an order that was recorded from its event has no lines: these are read
/// from Stripe first (<see cref="KnowsWhatRecurs"/>).</item>
/// </list>
/// </remarks>
internal static class RenewalRules
{
    /// <summary>Whether the order has what a renewal is compared with.</summary>
    public static bool KnowsWhatRecurs(Order sale) =>
        sale.LineItems.Count > 0 && sale.LineItems.All(line => line is { Recurring: not null, UnitAmount: not null });

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

        var sold = sale.LineItems.Where(line => line.Recurring is true).Sum(line => line.UnitAmount * line.Quantity);
        if (subtotal != sold)
        {
            return $"amount_subtotal {sold} was sold for each period, {subtotal} was renewed";
        }

        return sale.TotalVaries
            ? paid > subtotal + (subtotal / 2) ? $"amount_subtotal {subtotal} was renewed, {paid} was paid" : null
            : paid != subtotal ? $"amount_subtotal {subtotal} was renewed without discounts or tax, {paid} was paid" : null;
    }
}
