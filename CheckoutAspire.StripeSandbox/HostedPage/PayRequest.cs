using CheckoutAspire.StripeSandbox.Objects;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The buyer's input. The card number is held only by this record and is not stored.</summary>
internal sealed record PayRequest(
    string? Method,
    string? Email,
    string? CardNumber,
    string? CardExpiry,
    string? CardCvc,
    string? Iban,
    string? RoutingNumber,
    string? AccountNumber,
    string? BillingName,
    string? BillingCountry,
    string? BillingPostalCode)
{
    private const int MaximumLength = 255;

    public string? BillingAddressLine1 { get; init; }

    public string? BillingAddressLine2 { get; init; }

    public string? BillingLocality { get; init; }

    public string? BillingAdministrativeArea { get; init; }

    /// <summary>Whether the billing address is the shipping address.</summary>
    public bool CardUseShippingAsBilling { get; init; }

    public string? PhoneNumber { get; init; }

    public string? ShippingName { get; init; }

    public string? ShippingCountry { get; init; }

    public string? ShippingAddressLine1 { get; init; }

    public string? ShippingAddressLine2 { get; init; }

    public string? ShippingPostalCode { get; init; }

    public string? ShippingLocality { get; init; }

    public string? ShippingAdministrativeArea { get; init; }

    /// <summary>The chosen shipping rate; null for the session's.</summary>
    public string? ShippingRate { get; init; }

    public string? BusinessName { get; init; }

    public string? TaxId { get; init; }

    public Dictionary<string, string?> CustomFields { get; init; } = [];

    public bool TermsOfServiceConsentCheckbox { get; init; }

    public bool PromotionsConsentCheckbox { get; init; }

    /// <summary>The total that the page shows; null if the sender accepts any total.</summary>
    public long? ExpectedTotal { get; init; }

    /// <summary>Keeps the buyer's input out of logs.</summary>
    public override string ToString() => nameof(PayRequest);

    /// <summary>The buyer's details, without payment details. Answers that the session does not ask for are dropped.</summary>
    public Buyer ToBuyer(Session session, string? email)
    {
        var shipping = session.ShippingAddressCollection is null
            ? null
            : new Address
            {
                City = Clip(ShippingLocality),
                Country = Clip(ShippingCountry),
                Line1 = Clip(ShippingAddressLine1),
                Line2 = Clip(ShippingAddressLine2),
                PostalCode = Clip(ShippingPostalCode),
                State = Clip(ShippingAdministrativeArea),
            };
        var billing = shipping is not null && CardUseShippingAsBilling
            ? shipping
            : new Address
            {
                City = Clip(BillingLocality),
                Country = Clip(BillingCountry),
                Line1 = Clip(BillingAddressLine1),
                Line2 = Clip(BillingAddressLine2),
                PostalCode = Clip(BillingPostalCode),
                State = Clip(BillingAdministrativeArea),
            };
        return new Buyer(email, Clip(BillingName), billing.Country, billing.PostalCode)
        {
            Line1 = billing.Line1,
            Line2 = billing.Line2,
            City = billing.City,
            State = billing.State,
            Phone = Clip(PhoneNumber),
            ShippingName = shipping is null ? null : Clip(ShippingName),
            ShippingAddress = shipping,
            BusinessName = Clip(BusinessName),
            TaxId = Clip(TaxId)?.ToUpperInvariant(),
            AcceptsTerms = TermsOfServiceConsentCheckbox,
            AcceptsPromotions = PromotionsConsentCheckbox,
            CustomFields = CustomFields.Where(field => Clip(field.Value) is not null && session.CustomFields.Exists(asked => asked.Key == field.Key))
                .ToDictionary(field => field.Key, field => field.Value!.Trim(), StringComparer.Ordinal),
        };
    }

    private static string? Clip(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim()[..Math.Min(text.Trim().Length, MaximumLength)];
}

/// <summary>The result of 3D Secure authentication.</summary>
internal sealed record ChallengeAnswer(bool Authenticated);

/// <summary>The promotion code that the buyer entered.</summary>
internal sealed record PromotionRequest(string? Code);

/// <summary>The currency that the buyer selected.</summary>
internal sealed record CurrencyRequest(string? Currency);

/// <summary>What the buyer has chosen so far, because the total depends on it.</summary>
/// <param name="Country">The country of the shipping address, or of the billing address.</param>
/// <param name="ShippingRate">The shipping rate.</param>
internal sealed record EstimateRequest(string? Country, string? ShippingRate);

/// <summary>The page's next step: <c>redirect</c>, <c>challenge</c>, <c>updated</c>, <c>error</c> or <c>closed</c>.</summary>
internal sealed record PayResponse(string Result, string? Url = null, string? Message = null, string? Field = null);
