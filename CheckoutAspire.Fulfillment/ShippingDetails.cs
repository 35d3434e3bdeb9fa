namespace CheckoutAspire.Fulfillment;

/// <summary>Where to ship to. This is personal data; <see cref="ToString"/> leaves it out.</summary>
public sealed record ShippingDetails
{
    /// <summary>The recipient, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The recipient's phone number, or null.</summary>
    public string? Phone { get; init; }

    /// <summary>The address, or null.</summary>
    public PostalAddress? Address { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(ShippingDetails);
}

/// <summary>An address in Stripe's form.</summary>
public sealed record PostalAddress
{
    /// <summary>Street and number, or null.</summary>
    public string? Line1 { get; init; }

    /// <summary>Apartment, floor or company, or null.</summary>
    public string? Line2 { get; init; }

    /// <summary>City, district, suburb or town, or null.</summary>
    public string? City { get; init; }

    /// <summary>State, county, province or region, or null.</summary>
    public string? State { get; init; }

    /// <summary>The postal code, or null.</summary>
    public string? PostalCode { get; init; }

    /// <summary>Two-letter ISO 3166-1 code, or null.</summary>
    public string? Country { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(PostalAddress);
}

/// <summary>The shipping rate that the buyer chose.</summary>
public sealed record ShippingRate
{
    /// <summary>Stripe's id, <c>shr_…</c>, or null.</summary>
    public string? Id { get; init; }

    /// <summary>The name that the buyer saw, for example <c>Express</c>, or null.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Before discounts and tax.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>The tax on shipping.</summary>
    public long AmountTax { get; init; }

    /// <summary>After discounts and tax.</summary>
    public required long AmountTotal { get; init; }
}
