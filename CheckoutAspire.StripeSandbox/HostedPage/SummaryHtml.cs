using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The left side of the payment page: merchant, lines, total and promotion code.</summary>
internal static class SummaryHtml
{
    public static string Of(Transaction transaction, Texts texts, Session session, CheckoutTerms terms)
    {
        var isSetup = session.Mode == "setup";
        var total = PageHtml.Total(texts, session);
        var period = terms.LineItems.Find(line => line.Price.Recurring is not null)?.Price.Recurring;
        return texts.Fill(
            "summary.html",
            ("back", PayPage.CancelUrl(session) is { } cancel
                ? $"<a class=\"back\" data-testid=\"business-link\" aria-label=\"{PageHtml.Text(texts["Back to the shop"])}\" href=\"{PageHtml.Text(cancel)}\">←</a>"
                : ""),
            ("merchant", Merchant.Name),
            ("headline", texts[session.Mode switch { "setup" => "Save a card for later", "subscription" => "Subscribe", _ => "Pay" }]),
            ("total", isSetup ? texts["No charge today"] : total),
            ("period", period is null ? "" : " " + PeriodOf(texts, period)),
            ("lines", terms.LineItems.Count == 0
                ? ""
                : $"<ul class=\"lines\">\n{string.Concat(terms.LineItems.Select(line => Line(transaction, texts, line)))}</ul>"),
            ("subtotal", isSetup ? "—" : texts.Money(session.AmountSubtotal!.Value, session.Currency)),
            ("currency", CurrencyChoice(texts, session, terms)),
            ("promotion", Promotion(transaction, texts, session)),
            ("additions", isSetup ? "" : Additions(transaction, texts, session)));
    }

    /// <summary>The field for a promotion code, or the applied discount.</summary>
    private static string Promotion(Transaction transaction, Texts texts, Session session)
    {
        if (session.Discounts is not [var discount])
        {
            return session.AllowPromotionCodes == true ? texts.Fill("promotion.html") : "";
        }

        // Show the identifier if the promotion code or the coupon has been dropped.
        var name = transaction.TryFind<PromotionCode>(discount.PromotionCodeId, out var code) ? code.Code
            : transaction.TryFind<Coupon>(discount.CouponId, out var coupon) ? coupon.Name ?? coupon.Id
            : discount.CouponId;
        return texts.Fill(
            "discount.html",
            ("name", name),
            ("amount", texts.Money(session.TotalDetails.AmountDiscount, session.Currency)),
            ("remove", session.AllowPromotionCodes == true
                ? $"<button type=\"button\" class=\"link\" id=\"removePromotion\">{PageHtml.Text(texts["Remove"])}</button>"
                : ""));
    }

    /// <summary>The choice of currencies. Stripe decides by the buyer's location; here the buyer decides.</summary>
    private static string CurrencyChoice(Texts texts, Session session, CheckoutTerms terms) => terms.Currencies.Count == 0 ? "" : texts.Fill(
        "currency.html",
        ("options", string.Concat(terms.Currencies.Select(currency =>
            $"<option value=\"{currency}\"{(currency == session.Currency ? " selected" : "")}>{currency.ToUpperInvariant()}</option>"))));

    private static string Line(Transaction transaction, Texts texts, LineItem line)
    {
        var description = transaction.TryFind<Product>(line.Price.ProductId, out var product) ? product.Description : null;
        var amount = PriceAmounts.In(line.Price, line.Currency);
        var quantity = amount is not null && decimal.IsInteger(amount.Value) && line.Quantity > 1
            ? texts.Format("Qty {0}, {1} each", line.Quantity, texts.Money((long)amount, line.Currency))
            : texts.Format("Qty {0}", line.Quantity);
        return texts.Fill(
            "line.html",
            ("name", line.Description),
            ("description", description is null ? "" : $"<span class=\"description\">{PageHtml.Text(description)}</span>"),
            ("quantity", quantity),
            ("amount", texts.Money(line.AmountSubtotal, line.Currency)));
    }

    private static string PeriodOf(Texts texts, PriceRecurring recurring) => recurring.IntervalCount == 1
        ? texts[$"per {recurring.Interval}"]
        : texts.Format($"every {{0}} {recurring.Interval}s", recurring.IntervalCount);

    /// <summary>Shipping and tax, as far as the session has them.</summary>
    private static string Additions(Transaction transaction, Texts texts, Session session)
    {
        var details = session.TotalDetails;
        var shipping = session.ShippingCost is not { } cost ? "" : texts.Fill(
            "total.html",
            ("name", transaction.TryFind<ShippingRate>(cost.ShippingRateId, out var rate) ? texts.Format("Shipping ({0})", rate.DisplayName) : texts["Shipping"]),
            ("id", "shipping"),
            ("value", cost.AmountSubtotal == 0 ? texts["Free"] : texts.Money(cost.AmountSubtotal, session.Currency)));
        var isIncluded = details.AmountTax > 0
            && session.AmountTotal == session.AmountSubtotal - details.AmountDiscount + (session.ShippingCost?.AmountSubtotal ?? 0);
        var tax = !session.AutomaticTax.Enabled ? "" : texts.Fill(
            "total.html",
            ("name", texts[isIncluded ? "Tax (included)" : "Tax"]),
            ("id", "tax"),
            ("value", session.AutomaticTax.Status == "complete" ? texts.Money(details.AmountTax, session.Currency) : texts["Follows from your address"]));
        return shipping + tax;
    }
}
