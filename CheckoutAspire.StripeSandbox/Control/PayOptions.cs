using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>The buyer of <c>POST /sandbox/sessions/{id}/pay</c>. What is absent and asked for has a default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PayOptions
{
    [JsonPropertyName("email")]
    public string? Email { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("phone")]
    public string? Phone { get; init; }

    /// <summary>The billing address.</summary>
    [JsonPropertyName("address")]
    public PayAddress? Address { get; init; }

    [JsonPropertyName("shipping")]
    public PayShipping? Shipping { get; init; }

    /// <summary>The id of the shipping rate; the first one by default.</summary>
    [JsonPropertyName("shipping_rate")]
    public string? ShippingRate { get; init; }

    [JsonPropertyName("business_name")]
    public string? BusinessName { get; init; }

    [JsonPropertyName("tax_id")]
    public string? TaxId { get; init; }

    [JsonPropertyName("custom_fields")]
    public Dictionary<string, string>? CustomFields { get; init; }

    /// <summary>Whether the buyer agrees to promotional communication.</summary>
    [JsonPropertyName("promotions")]
    public bool Promotions { get; init; }

    /// <summary>The buyer, without the answers that are absent.</summary>
    public Buyer ToBuyer(string email) => new(Email ?? email, Name ?? "Sandbox buyer", Address?.Country ?? "US", Address is null ? "10001" : Address.PostalCode)
    {
        Line1 = Address?.Line1,
        Line2 = Address?.Line2,
        City = Address?.City,
        State = Address?.State,
        Phone = Phone,
        ShippingName = Shipping?.Name,
        ShippingAddress = Shipping?.Address?.ToStripe(),
        BusinessName = BusinessName,
        TaxId = TaxId,
        CustomFields = CustomFields ?? [],
        AcceptsPromotions = Promotions,
    };
}

/// <summary>The shipping of <see cref="PayOptions"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PayShipping
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("address")]
    public PayAddress? Address { get; init; }
}

/// <summary>An address of <see cref="PayOptions"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PayAddress
{
    [JsonPropertyName("line1")]
    public string? Line1 { get; init; }

    [JsonPropertyName("line2")]
    public string? Line2 { get; init; }

    [JsonPropertyName("city")]
    public string? City { get; init; }

    [JsonPropertyName("state")]
    public string? State { get; init; }

    [JsonPropertyName("postal_code")]
    public string? PostalCode { get; init; }

    [JsonPropertyName("country")]
    public string? Country { get; init; }

    /// <summary>The address as Stripe's object.</summary>
    public Address ToStripe() => new() { Line1 = Line1, Line2 = Line2, City = City, State = State, PostalCode = PostalCode, Country = Country };
}
