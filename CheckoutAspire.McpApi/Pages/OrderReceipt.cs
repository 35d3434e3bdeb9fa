using System.Globalization;
using System.Text;
using CheckoutAspire.McpApi.Localization;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>The part of the page that lists what was bought, with the amounts that were really paid. It shows nothing about the buyer.</summary>
internal static class OrderReceipt
{
    /// <summary>The order's number, lines and amounts as HTML.</summary>
    public static string Write(Order order, Language language)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""<p class="number">{Text(language["label.order_number"])} <strong>{order.Number}</strong></p>""");
        WriteLines(html, order, language);
        if (order.Currency.Length > 0)
        {
            html.Append("<dl>");
            WriteAmounts(html, order, language);
            html.Append("</dl>");
        }

        return html.ToString();
    }

    private static void WriteLines(StringBuilder html, Order order, Language language)
    {
        IReadOnlyList<OrderLine> lines = order.LineItems.Count > 0 || order.ProductName.Length == 0
            ? order.LineItems
            : [new OrderLine { Name = order.ProductName, Quantity = 1 }];
        if (lines.Count == 0)
        {
            return;
        }

        // The buyer may have changed quantities on the payment page. Lines that do not add up to the payment are shown by name only.
        var isPriced = order.LineItems.Count > 0 && order.Currency == order.Sold.Currency && lines.All(line => line.UnitAmount is not null);
        var addsUp = isPriced && lines.Sum(line => line.UnitAmount * line.Quantity) == order.AmountSubtotal;
        var isCounted = addsUp || (!isPriced && order.LineItems.Count > 0);
        html.Append("<ul>");
        foreach (var line in lines)
        {
            html.Append(CultureInfo.InvariantCulture, $"""<li><div><span class="name">{Text(line.Name ?? language["label.product"])}</span>""");
            var details = string.Join(" · ", Details(line, isCounted, addsUp ? order.Currency : null, language));
            if (details.Length > 0)
            {
                html.Append(CultureInfo.InvariantCulture, $"""<span class="details">{Text(details)}</span>""");
            }

            html.Append("</div>");
            if (addsUp)
            {
                var amount = language.Money(line.Quantity * line.UnitAmount!.Value, order.Currency);
                html.Append(CultureInfo.InvariantCulture, $"""<span class="amount">{Text(amount)}</span>""");
            }

            html.Append("</li>");
        }

        html.Append("</ul>");
    }

    private static IEnumerable<string> Details(OrderLine line, bool isCounted, string? currency, Language language)
    {
        var quantity = ("quantity", line.Quantity.ToString(CultureInfo.InvariantCulture));
        if (currency is not null)
        {
            yield return language.Fill("label.units", quantity, ("price", language.Money(line.UnitAmount!.Value, currency)));
        }
        else if (isCounted)
        {
            yield return language.Fill("label.quantity", quantity);
        }

        if (line.Recurring is true)
        {
            yield return language["label.renews"];
        }
    }

    private static void WriteAmounts(StringBuilder html, Order order, Language language)
    {
        if (order.AmountSubtotal != order.AmountTotal)
        {
            Row("label.subtotal", order.AmountSubtotal);
            Row("label.adjustments", order.AmountTotal - order.AmountSubtotal);
        }

        Row(
            order.Payment switch
            {
                OrderPayment.Paid => "label.paid",
                OrderPayment.Unpaid => "label.to_pay",
                _ => "label.total",
            },
            order.AmountTotal,
            "total");
        if (order.AmountRefunded > 0)
        {
            Row("label.refunded", order.AmountRefunded);
        }

        void Row(string label, long amount, string style = "part") => html.Append(
            CultureInfo.InvariantCulture,
            $"""<div class="{style}"><dt>{Text(language[label])}</dt><dd>{Text(language.Money(amount, order.Currency))}</dd></div>""");
    }

    private static string Text(string text) => OrderPage.Encode(text);
}
