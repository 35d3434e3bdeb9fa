using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The page of a session in each of its states.</summary>
internal static class PageHtml
{
    private static readonly string Countries = string.Concat(Assets.Find("countries.txt")!
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => $"<option value=\"{line[..2]}\">{line[3..].Trim()}</option>\n"));

    public static string Of(Transaction transaction, Session session) => session.Status switch
    {
        "open" => Open(transaction, session),
        "expired" => Closed(
            "expired", "!", "This checkout session has expired", "Nothing was charged. Go back to the shop to start again.",
            session.CancelUrl, "Back to the shop"),
        _ => Closed(
            "complete",
            "✓",
            session.Mode == "setup" ? "Your card is saved" : "This order is complete",
            Outcome(transaction, session),
            PayPage.SuccessUrl(session),
            "Continue to the shop"),
    };

    public static string Missing() => Closed(
        "missing", "?", "No such checkout session", "The address is incomplete, or the session is not this sandbox's.", null, "");

    public static string Challenge(Session session) => Assets.Fill(
        "challenge.html", ("id", session.Id), ("total", Total(session)), ("merchant", Merchant.Name));

    public static string Total(Session session) => session.Currency is { } currency && session.AmountTotal is { } amount
        ? new Currency(currency).Format(amount)
        : "nothing";

    private static string Open(Transaction transaction, Session session)
    {
        var terms = transaction.Get<CheckoutTerms>(session.Id);
        var total = Total(session);
        var isFree = session.Mode != "setup" && session.AmountTotal == 0;
        var period = terms.LineItems.Find(line => line.Price.Recurring is not null)?.Price.Recurring;
        var email = session.CustomerEmail
            ?? (transaction.TryFind<Customer>(session.CustomerId, out var customer) ? customer.Email : null);
        var body = Assets.Fill(
            "open.html",
            ("id", session.Id),
            ("back", session.CancelUrl is { } cancel
                ? $"<a class=\"back\" data-testid=\"business-link\" aria-label=\"Back to the shop\" href=\"{Attribute(cancel)}\">←</a>"
                : ""),
            ("merchant", Merchant.Name),
            ("headline", session.Mode switch { "setup" => "Save a card for later", "subscription" => "Subscribe", _ => "Pay" }),
            ("total", session.Mode == "setup" ? "No charge today" : total),
            ("subtotal", session.Mode == "setup" ? "—" : total),
            ("period", period is null ? "" : PeriodOf(period)),
            ("lines", string.Concat(terms.LineItems.Select(line => Line(transaction, line)))),
            ("methods", isFree ? "" : string.Join(' ', session.PaymentMethodTypes)),
            ("formHeading", isFree ? "Your details" : "Payment details"),
            ("email", email ?? ""),
            ("emailReadOnly", email is null ? "" : " readonly"),
            ("method", isFree ? "" : Method(session)),
            ("note", session.CustomText.Submit?.Message is { } note ? $"<p class=\"note\">{Text(note)}</p>" : ""),
            ("button", Button(session, isFree, total)));
        return Page($"{Merchant.Name}: checkout (sandbox)", body);
    }

    private static string Outcome(Transaction transaction, Session session) => session switch
    {
        { PaymentStatus: not "unpaid" } => "There is nothing left to pay. You can close this page.",
        _ when transaction.Get<PendingPayment>(session.Id).SettlesAt is not null =>
            "Your bank debit is under way. The shop confirms the order when it settles.",
        _ => "Your bank refused the debit: nothing was paid. The shop will contact you.",
    };

    private static string Line(Transaction transaction, LineItem line)
    {
        var currency = new Currency(line.Currency);
        var description = transaction.TryFind<Product>(line.Price.ProductId, out var product) ? product.Description : null;
        var unit = line.Price.UnitAmount is { } amount && line.Quantity > 1 ? $", {currency.Format(amount)} each" : "";
        return Assets.Fill(
            "line.html",
            ("name", line.Description),
            ("description", description is null ? "" : $"<span class=\"description\">{Text(description)}</span>"),
            ("quantity", $"Qty {line.Quantity}{unit}"),
            ("amount", currency.Format(line.AmountTotal)));
    }

    private static string Method(Session session)
    {
        var offersCard = session.PaymentMethodTypes.Contains("card");
        var offersDebit = session.PaymentMethodTypes.Contains("sepa_debit");
        return (offersCard && offersDebit ? Assets.Fill("methods.html") : "")
            + (offersCard ? Assets.Fill("card.html") : "")
            + (offersDebit ? Assets.Fill("sepa_debit.html", ("hidden", offersCard ? " hidden" : "")) : "")
            + Assets.Fill(
                "billing.html",
                ("nameLabel", offersCard ? "Cardholder name" : "Account holder name"),
                ("countries", Countries));
    }

    private static string Button(Session session, bool isFree, string total) => session switch
    {
        { Mode: "setup" } => "Save card",
        { Mode: "subscription" } => "Subscribe",
        _ when isFree => "Complete order",
        { SubmitType: "donate" } => $"Donate {total}",
        { SubmitType: "book" } => $"Book {total}",
        _ => $"Pay {total}",
    };

    private static string PeriodOf(PriceRecurring recurring) => recurring.IntervalCount == 1
        ? $" per {recurring.Interval}"
        : $" every {recurring.IntervalCount} {recurring.Interval}s";

    private static string Closed(string status, string mark, string heading, string sentence, string? url, string link) => Page(
        $"{heading} (sandbox)",
        Assets.Fill(
            "closed.html",
            ("status", status),
            ("mark", mark),
            ("heading", heading),
            ("sentence", sentence),
            ("link", url is null ? "" : $"<a class=\"SubmitButton\" href=\"{Attribute(url)}\">{Text(link)}</a>")));

    private static string Page(string title, string body) => Assets.Fill("layout.html", ("title", title), ("body", body));

    private static string Text(string text) => System.Text.Encodings.Web.HtmlEncoder.Default.Encode(text);

    private static string Attribute(string text) => Text(text);
}
