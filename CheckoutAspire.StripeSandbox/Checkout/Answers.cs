using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The buyer's answers to what a session asks for.</summary>
internal static partial class Answers
{
    // Where addresses need a state, and where they have no postal code.
    private static readonly string[] s_withState = ["AU", "CA", "US"];
    private static readonly string[] s_withoutPostalCode = ["AE", "HK"];

    /// <summary>The country that decides the tax: where the parcel goes, or the billing address.</summary>
    public static string? TaxCountryOf(Buyer buyer) => buyer.ShippingAddress?.Country ?? buyer.Country;

    /// <summary>The first answer that is missing or wrong, or null if all are valid.</summary>
    public static PageError? Check(Session session, Buyer buyer) =>
        CheckPhone(session, buyer)
        ?? CheckShipping(session, buyer)
        ?? CheckBilling(session, buyer)
        ?? CheckTaxId(session, buyer)
        ?? session.CustomFields.Select(field => CheckField(field, buyer.CustomFields.GetValueOrDefault(field.Key))).FirstOrDefault(error => error is not null)
        ?? (session.ConsentCollection?.TermsOfService == "required" && !buyer.AcceptsTerms
            ? new PageError("Accept the terms of service to continue.", "termsOfServiceConsentCheckbox")
            : null);

    /// <summary>Writes the answers to the completed session.</summary>
    public static void Record(Session session, Buyer buyer)
    {
        var isBusiness = session.TaxIdCollection?.Enabled == true;
        session.CollectedInformation = new SessionCollectedInformation
        {
            BusinessName = isBusiness ? buyer.BusinessName : null,
            ShippingDetails = session.ShippingAddressCollection is not null && buyer.ShippingAddress is { } address
                ? new SessionCollectedInformationShippingDetails { Address = address, Name = buyer.ShippingName }
                : null,
        };
        session.CustomerDetails = new SessionCustomerDetails
        {
            Address = PaymentMethods.AddressOf(buyer),
            BusinessName = isBusiness ? buyer.BusinessName : null,
            Email = buyer.Email,
            Name = (isBusiness ? buyer.BusinessName : null) ?? buyer.Name,
            Phone = session.PhoneNumberCollection.Enabled ? buyer.Phone : null,
            TaxExempt = "none",
            TaxIds = isBusiness && buyer.TaxId is { } value && TaxIds.Of(buyer.Country) is { Type: var type }
                ? [new SessionCustomerDetailsTaxId { Type = type, Value = value }]
                : [],
        };
        if (session.ConsentCollection is { } consent)
        {
            session.Consent = new SessionConsent
            {
                Promotions = consent.Promotions == "auto" ? buyer.AcceptsPromotions ? "opt_in" : "opt_out" : null,
                TermsOfService = consent.TermsOfService == "required" ? "accepted" : null,
            };
        }

        foreach (var field in session.CustomFields)
        {
            var answer = buyer.CustomFields.GetValueOrDefault(field.Key);
            _ = field switch
            {
                { Dropdown: { } dropdown } => dropdown.Value = answer,
                { Numeric: { } numeric } => numeric.Value = answer,
                _ => field.Text.Value = answer,
            };
        }
    }

    /// <summary>The shipping of the session's payment intent; null if the session collects no address.</summary>
    public static Shipping? ShippingOf(Session session, Buyer buyer) => session.ShippingAddressCollection is null || buyer.ShippingAddress is null
        ? null
        : new Shipping { Address = buyer.ShippingAddress, Name = buyer.ShippingName, Phone = session.PhoneNumberCollection.Enabled ? buyer.Phone : null };

    private static PageError? CheckPhone(Session session, Buyer buyer) => session.PhoneNumberCollection.Enabled && !Phone().IsMatch(buyer.Phone ?? "")
        ? new PageError("Your phone number is invalid. Begin with + and the country code.", "phoneNumber")
        : null;

    private static PageError? CheckShipping(Session session, Buyer buyer)
    {
        if (session.ShippingAddressCollection is not { } collection)
        {
            return null;
        }

        return buyer.ShippingName is null ? new PageError("Enter the name of the recipient.", "shippingName")
            : !collection.AllowedCountries.Contains(buyer.ShippingAddress?.Country) ? new PageError("We do not ship to this country.", "shippingCountry")
            : CheckAddress(buyer.ShippingAddress!, "shipping", "shipping");
    }

    private static PageError? CheckBilling(Session session, Buyer buyer) => session.BillingAddressCollection == "required"
        ? buyer.Country is null ? new PageError("Select a country.", "billingCountry") : CheckAddress(PaymentMethods.AddressOf(buyer), "billingAddress", "billing")
        : session.AutomaticTax.Enabled && TaxCountryOf(buyer) is null ? new PageError("Select a country.", "billingCountry")
        : null;

    // The page of Stripe names its fields billingLocality and shippingLocality, but billingAddressLine1 and shippingAddressLine1.
    private static PageError? CheckAddress(Address address, string prefix, string shortPrefix)
    {
        var lines = prefix == "billingAddress" ? "billingAddressLine1" : "shippingAddressLine1";
        return address.Line1 is null ? new PageError("Enter the street and number.", lines)
            : address.PostalCode is null && !s_withoutPostalCode.Contains(address.Country) ? new PageError("Enter your ZIP or postal code.", shortPrefix + "PostalCode")
            : address.City is null ? new PageError("Enter the city.", shortPrefix + "Locality")
            : address.State is null && s_withState.Contains(address.Country) ? new PageError("Enter the state or province.", shortPrefix + "AdministrativeArea")
            : null;
    }

    private static PageError? CheckTaxId(Session session, Buyer buyer)
    {
        if (session.TaxIdCollection?.Enabled != true)
        {
            return null;
        }

        var isRequired = session.TaxIdCollection.Required == "if_supported" && TaxIds.Of(buyer.Country) is not null;
        return buyer.TaxId is null
                ? isRequired ? new PageError("Enter your tax ID.", "taxId")
                : null
            : buyer.BusinessName is null ? new PageError("Enter the name of your business.", "businessName")
            : buyer.Country is not null && TaxIds.IsValid(buyer.Country, buyer.TaxId) ? null
            : new PageError("This tax ID is not valid in the country of your billing address.", "taxId");
    }

    private static PageError? CheckField(SessionCustomField field, string? answer)
    {
        var (minimum, maximum) = field switch
        {
            { Text: { } text } => (text.MinimumLength, text.MaximumLength),
            { Numeric: { } numeric } => (numeric.MinimumLength, numeric.MaximumLength),
            _ => (null, null),
        };
        var sentence = answer is null ? field.Optional ? null : "This field is required."
            : answer.Length < minimum ? "This answer is too short."
            : answer.Length > (maximum ?? 255) ? "This answer is too long."
            : field.Numeric is not null && !answer.All(char.IsAsciiDigit) ? "Enter digits only."
            : field.Dropdown is { } dropdown && !dropdown.Options.Exists(option => option.Value == answer) ? "Select one of the options."
            : null;
        return sentence is null ? null : new PageError(sentence, $"customField-{field.Key}");
    }

    [GeneratedRegex(@"^\+[0-9][0-9 ()./-]{5,24}$")]
    private static partial Regex Phone();
}
