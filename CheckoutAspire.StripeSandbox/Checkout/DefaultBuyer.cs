using CheckoutAspire.StripeSandbox.Objects;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Answers for what a session asks and a control or <c>stripe trigger</c> does not say: a buyer in Berlin, or in a country that the seller ships to.</summary>
internal static class DefaultBuyer
{
    /// <summary>The buyer with every answer that the session requires.</summary>
    public static Buyer Complete(Session session, Buyer buyer)
    {
        var countries = session.ShippingAddressCollection?.AllowedCountries;
        var address = AddressIn(countries is null || countries.Contains("DE") ? "DE" : countries[0]);
        var asksForAddress = session.BillingAddressCollection == "required" || session.AutomaticTax.Enabled || countries is not null;
        if (asksForAddress && buyer.Line1 is null)
        {
            buyer = buyer with
            {
                Country = address.Country,
                PostalCode = address.PostalCode,
                Line1 = address.Line1,
                City = address.City,
                State = address.State,
            };
        }

        var answers = new Dictionary<string, string>(buyer.CustomFields);
        foreach (var field in session.CustomFields.Where(field => !field.Optional))
        {
            answers.TryAdd(field.Key, AnswerTo(field));
        }

        return buyer with
        {
            Phone = buyer.Phone ?? (session.PhoneNumberCollection.Enabled ? "+4930123456" : null),
            ShippingName = buyer.ShippingName ?? (countries is null ? null : buyer.Name ?? "Sandbox buyer"),
            ShippingAddress = buyer.ShippingAddress ?? (countries is null ? null : address),
            BusinessName = buyer.BusinessName ?? (buyer.TaxId is null ? null : "Sandbox GmbH"),
            AcceptsTerms = true,
            CustomFields = answers,
        };
    }

    private static Address AddressIn(string country) => country == "DE"
        ? new Address { Line1 = "Invalidenstraße 116", PostalCode = "10115", City = "Berlin", Country = "DE" }
        : new Address
        {
            Line1 = "1 Main Street",
            PostalCode = "10001",
            City = "Springfield",
            State = country is "AU" or "CA" or "US" ? "NY" : null,
            Country = country,
        };

    private static string AnswerTo(SessionCustomField field) => field switch
    {
        { Dropdown: { } dropdown } => dropdown.Options[0].Value,
        { Numeric: { } numeric } => new string('1', (int)(numeric.MinimumLength ?? 1)),
        _ => "Sandbox".PadRight((int)(field.Text.MinimumLength ?? 1), '.')[..(int)Math.Min(field.Text.MaximumLength ?? 7, Math.Max(field.Text.MinimumLength ?? 0, 7))],
    };
}
