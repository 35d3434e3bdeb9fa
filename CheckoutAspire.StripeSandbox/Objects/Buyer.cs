using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>The buyer's details from the payment page. All are null if a payment method was created without them.</summary>
internal sealed record Buyer(string? Email, string? Name, string? Country, string? PostalCode)
{
    public string? Line1 { get; init; }

    public string? Line2 { get; init; }

    public string? City { get; init; }

    public string? State { get; init; }

    public string? Phone { get; init; }

    /// <summary>The name on the parcel; null if the session collects no shipping address.</summary>
    public string? ShippingName { get; init; }

    /// <summary>Where the parcel goes; null if the session collects no shipping address.</summary>
    public Address? ShippingAddress { get; init; }

    public string? BusinessName { get; init; }

    /// <summary>The tax id as the buyer wrote it; its type follows from the country of the billing address.</summary>
    public string? TaxId { get; init; }

    /// <summary>The answers to the session's custom fields, by key.</summary>
    public Dictionary<string, string> CustomFields { get; init; } = [];

    public bool AcceptsTerms { get; init; }

    public bool AcceptsPromotions { get; init; }
}
