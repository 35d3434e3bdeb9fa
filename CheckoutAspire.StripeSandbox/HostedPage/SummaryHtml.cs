using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The left side of the payment page: merchant, lines, total and promotion code.</summary>
internal static class SummaryHtml
{
    public static string Of(Transaction transaction, Session session, CheckoutTerms terms)
    {
        var isSetup = session.Mode == "setup";
        var total = PageHtml.Total(session);
        var period = terms.LineItems.Find(line => line.Price.Recurring is not null)?.Price.Recurring;
        return Assets.Fill(
            "summary.html",
            ("back", PayPage.CancelUrl(session) is { } cancel
                ? $"<a class=\"back\" data-testid=\"business-link\" aria-label=\"Back to the shop\" href=\"{PageHtml.Text(cancel)}\">←</a>"
                : ""),
            ("merchant", Merchant.Name),
            ("headline", session.Mode switch { "setup" => "Save a card for later", "subscription" => "Subscribe", _ => "Pay" }),
            ("total", isSetup ? "No charge today" : total),
            ("period", period is null ? "" : PeriodOf(period)),
            ("lines", terms.LineItems.Count == 0
                ? ""
                : $"<ul class=\"lines\">\n{string.Concat(terms.LineItems.Select(line => Line(transaction, line)))}</ul>"),
            ("subtotal", isSetup ? "—" : new Currency(session.Currency).Format(session.AmountSubtotal!.Value)),
            ("currency", CurrencyChoice(session, terms)),
            ("promotion", Promotion(transaction, session)));
    }

    /// <summary>The field for a promotion code, or the applied discount.</summary>
    private static string Promotion(Transaction transaction, Session session)
    {
        if (session.Discounts is not [var discount])
        {
            return session.AllowPromotionCodes == true ? Assets.Fill("promotion.html") : "";
        }

        // Show the identifier if the promotion code or the coupon has been dropped.
        var name = transaction.TryFind<PromotionCode>(discount.PromotionCodeId, out var code) ? code.Code
            : transaction.TryFind<Coupon>(discount.CouponId, out var coupon) ? coupon.Name ?? coupon.Id
            : discount.CouponId;
        return Assets.Fill(
            "discount.html",
            ("name", name),
            ("amount", new Currency(session.Currency).Format(session.TotalDetails.AmountDiscount)),
            ("remove", session.AllowPromotionCodes == true
                ? "<button type=\"button\" class=\"link\" id=\"removePromotion\">Remove</button>"
                : ""));
    }

    /// <summary>The choice of currencies. Stripe decides by the buyer's location; here the buyer decides.</summary>
    private static string CurrencyChoice(Session session, CheckoutTerms terms) => terms.Currencies.Count == 0 ? "" : Assets.Fill(
        "currency.html",
        ("options", string.Concat(terms.Currencies.Select(currency =>
            $"<option value=\"{currency}\"{(currency == session.Currency ? " selected" : "")}>{currency.ToUpperInvariant()}</option>"))));

    private static string Line(Transaction transaction, LineItem line)
    {
        var currency = new Currency(line.Currency);
        var description = transaction.TryFind<Product>(line.Price.ProductId, out var product) ? product.Description : null;
        var amount = PriceAmounts.In(line.Price, line.Currency);
        var unit = amount is not null && decimal.IsInteger(amount.Value) && line.Quantity > 1 ? $", {currency.Format((long)amount)} each" : "";
        return Assets.Fill(
            "line.html",
            ("name", line.Description),
            ("description", description is null ? "" : $"<span class=\"description\">{PageHtml.Text(description)}</span>"),
            ("quantity", $"Qty {line.Quantity}{unit}"),
            ("amount", currency.Format(line.AmountSubtotal)));
    }

    private static string PeriodOf(PriceRecurring recurring) => recurring.IntervalCount == 1
        ? $" per {recurring.Interval}"
        : $" every {recurring.IntervalCount} {recurring.Interval}s";
}
