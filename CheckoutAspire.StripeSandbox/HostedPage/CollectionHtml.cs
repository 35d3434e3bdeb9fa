using System.Globalization;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The fields of what a session asks the buyer besides the payment.</summary>
internal static class CollectionHtml
{
    private static readonly Dictionary<string, string> s_countries = Assets.Find("countries.txt")!
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(line => line[..2], line => line[3..].Trim(), StringComparer.Ordinal);

    public static string Phone(Texts texts, Session session) => session.PhoneNumberCollection.Enabled ? texts.Fill("phone.html") : "";

    /// <summary>The shipping address and the shipping options.</summary>
    public static string Shipping(Transaction transaction, Texts texts, Session session)
    {
        var address = session.ShippingAddressCollection is not { } collection
            ? ""
            : texts.Fill(
                "shipping.html",
                ("address", Address(texts, "shipping", Countries(collection.AllowedCountries))),
                ("note", Note(session.CustomText.ShippingAddress?.Message)));
        return session.ShippingOptions is not [_, ..] options
            ? address
            : address + texts.Fill("shipping-rates.html", ("rates", string.Concat(options.Select(option => Rate(transaction, texts, session, option)))));
    }

    /// <summary>The address of the account holder: the country and the postal code, or the whole address if the session requires it.</summary>
    public static string Billing(Texts texts, Session session)
    {
        var countries = Countries(s_countries.Keys);
        var address = session.BillingAddressCollection == "required" ? Address(texts, "billing", countries) : texts.Fill("billing-country.html", ("countries", countries));
        return (session.ShippingAddressCollection is null ? "" : texts.Fill("same-address.html"))
            + $"<div id=\"billingAddress\"{(session.ShippingAddressCollection is null ? "" : " hidden")}>\n{address}</div>\n";
    }

    public static string TaxId(Texts texts, Session session) => session.TaxIdCollection?.Enabled != true ? "" : texts.Fill(
        "tax-id.html",
        ("choice", session.TaxIdCollection.Required == "if_supported" ? "" : texts.Fill("business.html")),
        ("hidden", session.TaxIdCollection.Required == "if_supported" ? "" : " hidden"));

    public static string CustomFields(Texts texts, Session session) => string.Concat(session.CustomFields.Select(field => Field(texts, field)));

    public static string Consent(Texts texts, Session session)
    {
        var consent = session.ConsentCollection;
        return (consent?.TermsOfService == "required"
                ? Checkbox(texts, "termsOfServiceConsentCheckbox", session.CustomText.TermsOfServiceAcceptance?.Message ?? texts["I agree to the terms of service."])
                : "")
            + (consent?.Promotions == "auto"
                ? Checkbox(texts, "promotionsConsentCheckbox", texts["Keep me updated with news and promotions."])
                : "");
    }

    /// <summary>A text of the merchant, or an empty text if the merchant gave no such text.</summary>
    public static string Note(string? message) => message is null ? "" : $"<p class=\"note\">{PageHtml.Text(message)}</p>";

    private static string Address(Texts texts, string prefix, string countries) =>
        texts.Fill("address.html", ("prefix", prefix), ("group", prefix), ("countries", countries));

    private static string Countries(IEnumerable<string> codes) =>
        string.Concat(codes.Select(code => $"<option value=\"{code}\">{s_countries.GetValueOrDefault(code, code)}</option>\n"));

    private static string Rate(Transaction transaction, Texts texts, Session session, SessionShippingOption option)
    {
        var rate = transaction.Get<ShippingRate>(option.ShippingRateId);
        return texts.Fill(
            "rate.html",
            ("id", rate.Id),
            ("checked", session.ShippingCost?.ShippingRateId == rate.Id ? " checked" : ""),
            ("name", rate.DisplayName),
            ("estimate", EstimateOf(texts, rate.DeliveryEstimate)),
            ("amount", option.ShippingAmount == 0 ? texts["Free"] : texts.Money(option.ShippingAmount, session.Currency)));
    }

    // Stripe: a minimum alone, a maximum alone, or both, which here are of one unit.
    private static string EstimateOf(Texts texts, ShippingRateDeliveryEstimate? estimate) => estimate switch
    {
        { Minimum: { } least, Maximum: { } most } when least.Value != most.Value => texts.Format($"{{0}} to {{1}} {UnitOf(most.Unit)}", least.Value, most.Value),
        { Maximum: { } most } => texts.Format($"Up to {{0}} {UnitOf(most.Unit)}", most.Value),
        { Minimum: { } least } => texts.Format($"At least {{0}} {UnitOf(least.Unit)}", least.Value),
        _ => "",
    };

    private static string UnitOf(string unit) => unit == "business_day" ? "business days" : unit + "s";

    private static string Field(Texts texts, SessionCustomField field)
    {
        var (initial, minimum, maximum) = field switch
        {
            { Text: { } text } => (text.DefaultValue, text.MinimumLength, text.MaximumLength),
            { Numeric: { } numeric } => (numeric.DefaultValue, numeric.MinimumLength, numeric.MaximumLength),
            _ => (field.Dropdown?.DefaultValue, null, null),
        };
        var required = field.Optional ? "" : " required";
        var label = field.Optional ? texts.Format("{0} (optional)", field.Label.Custom) : field.Label.Custom;
        return field.Dropdown is { } dropdown
            ? texts.Fill(
                "custom-dropdown.html",
                ("key", field.Key),
                ("label", label),
                ("required", required),
                ("options", string.Concat(dropdown.Options.Select(option =>
                    $"<option value=\"{PageHtml.Text(option.Value)}\"{(option.Value == initial ? " selected" : "")}>{PageHtml.Text(option.Label)}</option>\n"))))
            : texts.Fill(
                "custom-field.html",
                ("key", field.Key),
                ("label", label),
                ("required", required),
                ("value", initial ?? ""),
                ("mode", field.Numeric is null ? "text" : "numeric"),
                ("minimum", (minimum ?? 0).ToString(CultureInfo.InvariantCulture)),
                ("maximum", (maximum ?? 255).ToString(CultureInfo.InvariantCulture)));
    }

    private static string Checkbox(Texts texts, string id, string label) => texts.Fill("checkbox.html", ("id", id), ("label", label));
}
