using System.Globalization;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>Renders the page of a session in each of its states.</summary>
internal static class PageHtml
{
    public static string Of(Transaction transaction, Texts texts, Session session) => session.Status switch
    {
        "open" => Open(transaction, texts, session),
        "expired" => Closed(
            texts, "expired", "!", "This checkout session has expired", "Nothing was charged. Go back to the shop to start again.",
            PayPage.CancelUrl(session), "Back to the shop"),
        _ => Closed(
            texts,
            "complete",
            "✓",
            session.Mode == "setup" ? "Your card is saved" : "This order is complete",
            Outcome(transaction, session),
            PayPage.SuccessUrl(session),
            "Continue to the shop"),
    };

    public static string Missing(Texts texts) => Closed(
        texts, "missing", "?", "No such checkout session", "The URL is incomplete, or the session belongs to another sandbox.", null, "");

    public static string Challenge(Texts texts, Session session) => texts.Fill(
        "challenge.html",
        ("lang", texts.Language),
        ("id", session.Id),
        ("question", texts.Format(
            "In a real payment the bank would ask here whether it is you who pays {0} to {1}. This is a sandbox: choose the answer.",
            Total(texts, session),
            Merchant.Name)));

    public static string Total(Texts texts, Session session) => session.Currency is { } currency && session.AmountTotal is { } amount
        ? texts.Money(amount, currency)
        : texts["nothing"];

    private static string Open(Transaction transaction, Texts texts, Session session)
    {
        var terms = transaction.Get<CheckoutTerms>(session.Id);
        var total = Total(texts, session);
        var isFree = session.Mode != "setup" && session.AmountTotal == 0;
        var email = session.CustomerEmail
            ?? (transaction.TryFind<Customer>(session.CustomerId, out var customer) ? customer.Email : null);
        var body = texts.Fill(
            "open.html",
            ("id", session.Id),
            ("summary", SummaryHtml.Of(transaction, texts, session, terms)),
            ("methods", isFree ? "" : string.Join(' ', session.PaymentMethodTypes)),
            ("formHeading", texts[isFree ? "Your details" : "Payment details"]),
            ("amount", session.AmountTotal?.ToString(CultureInfo.InvariantCulture) ?? ""),
            ("texts", texts.Json),
            ("estimates", session.AutomaticTax.Enabled ? "tax" : session.ShippingCost is null ? "" : "shipping"),
            ("email", email ?? ""),
            ("emailReadOnly", email is null ? "" : " readonly"),
            ("phone", CollectionHtml.Phone(texts, session)),
            ("shipping", CollectionHtml.Shipping(transaction, texts, session)),
            ("method", isFree ? "" : Method(texts, session)),
            ("billing", isFree && session.BillingAddressCollection != "required" && !session.AutomaticTax.Enabled ? "" : CollectionHtml.Billing(texts, session)),
            ("taxId", CollectionHtml.TaxId(texts, session)),
            ("customFields", CollectionHtml.CustomFields(texts, session)),
            ("consent", CollectionHtml.Consent(texts, session)),
            ("note", CollectionHtml.Note(session.CustomText.Submit?.Message)),
            ("button", Button(texts, session, isFree, total)),
            ("after", CollectionHtml.Note(session.CustomText.AfterSubmit?.Message)));
        return Page(texts, texts.Format("{0}: checkout (sandbox)", Merchant.Name), body);
    }

    private static string Outcome(Transaction transaction, Session session) => session switch
    {
        { PaymentStatus: not "unpaid" } => "There is nothing left to pay. You can close this page.",
        _ when transaction.Get<PendingPayment>(session.Id).SettlesAt is not null =>
            "Your bank debit is being processed. The shop will confirm the order when it settles.",
        _ => "Your bank declined the debit, and nothing was paid. The shop will contact you.",
    };

    private static string Method(Texts texts, Session session)
    {
        var types = session.PaymentMethodTypes;
        return (types.Count > 1
                ? texts.Fill("methods.html", ("choices", string.Concat(types.Select((type, index) => Choice(texts, type, isChosen: index == 0)))))
                : "")
            + string.Concat(types.Select((type, index) => texts.Fill($"{type}.html", ("hidden", index == 0 ? "" : " hidden"))))
            + texts.Fill("billing.html", ("nameLabel", texts[types[0] == "card" ? "Cardholder name" : "Account holder name"]));
    }

    private static string Choice(Texts texts, string type, bool isChosen) => texts.Fill(
        "choice.html",
        ("type", type),
        ("checked", isChosen ? " checked" : ""),
        ("label", texts[type switch { "card" => "Card", "sepa_debit" => "SEPA debit", _ => "US bank account" }]));

    private static string Button(Texts texts, Session session, bool isFree, string total) => session switch
    {
        { Mode: "setup" } => texts["Save card"],
        { Mode: "subscription" } => texts["Subscribe"],
        _ when isFree => texts["Complete order"],
        { SubmitType: "donate" } => texts.Format("Donate {0}", total),
        { SubmitType: "book" } => texts.Format("Book {0}", total),
        _ => texts.Format("Pay {0}", total),
    };

    private static string Closed(Texts texts, string status, string mark, string heading, string sentence, string? url, string link) => Page(
        texts,
        texts.Format("{0} (sandbox)", texts[heading]),
        texts.Fill(
            "closed.html",
            ("status", status),
            ("mark", mark),
            ("heading", texts[heading]),
            ("sentence", texts[sentence]),
            ("link", url is null ? "" : $"<a class=\"SubmitButton\" href=\"{Text(url)}\">{Text(texts[link])}</a>")));

    private static string Page(Texts texts, string title, string body) =>
        texts.Fill("layout.html", ("lang", texts.Language), ("title", title), ("body", body));

    public static string Text(string text) => System.Text.Encodings.Web.HtmlEncoder.Default.Encode(text);
}
