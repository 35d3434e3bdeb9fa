using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>Renders the page of a session in each of its states.</summary>
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
            PayPage.CancelUrl(session), "Back to the shop"),
        _ => Closed(
            "complete",
            "✓",
            session.Mode == "setup" ? "Your card is saved" : "This order is complete",
            Outcome(transaction, session),
            PayPage.SuccessUrl(session),
            "Continue to the shop"),
    };

    public static string Missing() => Closed(
        "missing", "?", "No such checkout session", "The URL is incomplete, or the session belongs to another sandbox.", null, "");

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
        var email = session.CustomerEmail
            ?? (transaction.TryFind<Customer>(session.CustomerId, out var customer) ? customer.Email : null);
        var body = Assets.Fill(
            "open.html",
            ("id", session.Id),
            ("summary", SummaryHtml.Of(transaction, session, terms)),
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
            "Your bank debit is being processed. The shop will confirm the order when it settles.",
        _ => "Your bank declined the debit, and nothing was paid. The shop will contact you.",
    };

    private static string Method(Session session)
    {
        var types = session.PaymentMethodTypes;
        return (types.Count > 1
                ? Assets.Fill("methods.html", ("choices", string.Concat(types.Select((type, index) => Choice(type, isChosen: index == 0)))))
                : "")
            + string.Concat(types.Select((type, index) => Assets.Fill($"{type}.html", ("hidden", index == 0 ? "" : " hidden"))))
            + Assets.Fill(
                "billing.html",
                ("nameLabel", types[0] == "card" ? "Cardholder name" : "Account holder name"),
                ("countries", Countries));
    }

    private static string Choice(string type, bool isChosen) => Assets.Fill(
        "choice.html",
        ("type", type),
        ("checked", isChosen ? " checked" : ""),
        ("label", type switch { "card" => "Card", "sepa_debit" => "SEPA debit", _ => "US bank account" }));

    private static string Button(Session session, bool isFree, string total) => session switch
    {
        { Mode: "setup" } => "Save card",
        { Mode: "subscription" } => "Subscribe",
        _ when isFree => "Complete order",
        { SubmitType: "donate" } => $"Donate {total}",
        { SubmitType: "book" } => $"Book {total}",
        _ => $"Pay {total}",
    };

    private static string Closed(string status, string mark, string heading, string sentence, string? url, string link) => Page(
        $"{heading} (sandbox)",
        Assets.Fill(
            "closed.html",
            ("status", status),
            ("mark", mark),
            ("heading", heading),
            ("sentence", sentence),
            ("link", url is null ? "" : $"<a class=\"SubmitButton\" href=\"{Text(url)}\">{Text(link)}</a>")));

    private static string Page(string title, string body) => Assets.Fill("layout.html", ("title", title), ("body", body));

    public static string Text(string text) => System.Text.Encodings.Web.HtmlEncoder.Default.Encode(text);
}
