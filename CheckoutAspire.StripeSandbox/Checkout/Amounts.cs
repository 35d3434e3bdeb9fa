using CheckoutAspire.StripeSandbox.Catalog;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>A session's amounts: the lines, less the discount, plus shipping and the tax that the prices do not contain.</summary>
internal static class Amounts
{
    /// <summary>Calculates the amounts of the lines and the session.</summary>
    public static void Calculate(Transaction transaction, Session session, CheckoutTerms terms, SessionDiscount? discount)
    {
        var country = session.AutomaticTax.Enabled ? terms.TaxCountry : null;
        var subtotal = terms.LineItems.Sum(line => line.AmountSubtotal);
        var reduction = discount is null ? 0 : Discounts.AmountOf(transaction, discount, subtotal, session.Currency);
        var (sum, given, tax, added) = (0L, 0L, 0L, 0L);
        foreach (var line in terms.LineItems)
        {
            // Round the running total rather than each share, so that the shares add up to the whole.
            sum += line.AmountSubtotal;
            var share = (subtotal == 0 ? 0 : (long)decimal.Round((decimal)reduction * sum / subtotal)) - given;
            given += share;
            var taxed = SalesTax.On(line.AmountSubtotal - share, line.Price.TaxBehavior, session.Currency, country);
            tax += taxed.Amount;
            added += taxed.Added;
            line.AmountDiscount = share;
            line.AmountTax = taxed.Amount;
            line.AmountTotal = line.AmountSubtotal - share + taxed.Added;
            line.Taxes = taxed.Taxes;
        }

        Ship(transaction, session, country);
        session.AmountSubtotal = subtotal;
        session.AmountTotal = subtotal - reduction + added + (session.ShippingCost?.AmountTotal ?? 0);
        session.Discounts = discount is null ? [] : [discount];
        session.PaymentStatus = session.AmountTotal == 0 ? "no_payment_required" : "unpaid";
        session.TotalDetails = new SessionTotalDetails
        {
            AmountDiscount = reduction,
            AmountShipping = session.ShippingCost?.AmountSubtotal ?? 0,
            AmountTax = tax + (session.ShippingCost?.AmountTax ?? 0),
        };
        if (session.AutomaticTax.Enabled)
        {
            session.AutomaticTax.Status = country is null ? "requires_location_inputs" : "complete";
        }

        transaction.Save(terms);
        transaction.Save(session);
    }

    /// <summary>Calculates the amounts again with the discount that the session has.</summary>
    public static void Calculate(Transaction transaction, Session session) =>
        Calculate(transaction, session, transaction.Get<CheckoutTerms>(session.Id), session.Discounts is [var discount] ? discount : null);

    /// <summary>Adds the tax of the buyer's country, if the session calculates tax.</summary>
    public static void Locate(Transaction transaction, Session session, string? country)
    {
        var terms = transaction.Get<CheckoutTerms>(session.Id);
        if (session.AutomaticTax.Enabled && terms.TaxCountry != country)
        {
            terms.TaxCountry = country;
            Calculate(transaction, session);
        }
    }

    /// <summary>The cost of the chosen shipping option, which is the first one until the buyer chooses.</summary>
    private static void Ship(Transaction transaction, Session session, string? country)
    {
        if (session.ShippingOptions is not [var first, ..])
        {
            return;
        }

        var chosen = session.ShippingOptions.Find(option => option.ShippingRateId == session.ShippingCost?.ShippingRateId) ?? first;
        var rate = transaction.Get<ShippingRate>(chosen.ShippingRateId);
        var amount = ShippingRateEndpoints.AmountIn(rate, session.Currency) ?? chosen.ShippingAmount;
        var taxed = SalesTax.On(amount, rate.TaxBehavior, session.Currency, country);
        chosen.ShippingAmount = amount;
        session.ShippingCost = new SessionShippingCost
        {
            AmountSubtotal = amount,
            AmountTax = taxed.Amount,
            AmountTotal = amount + taxed.Added,
            ShippingRateId = rate.Id,
        };
    }
}
