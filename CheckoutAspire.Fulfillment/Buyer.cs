namespace CheckoutAspire.Fulfillment;

/// <summary>The buyer. This is personal data; <see cref="ToString"/> leaves it out.</summary>
public sealed record Buyer
{
    /// <summary>The name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The name of the buyer's business, if the session asked for it.</summary>
    public string? BusinessName { get; init; }

    /// <summary>The e-mail address, or null.</summary>
    public string? Email { get; init; }

    /// <summary>The phone number, or null.</summary>
    public string? Phone { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(Buyer);
}

/// <summary>A tax id of the buyer.</summary>
/// <param name="Type">Stripe's type, for example <c>eu_vat</c>.</param>
/// <param name="Value">The id, for example <c>DE123456789</c>.</param>
public sealed record TaxId(string Type, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(TaxId);
}

/// <summary>A field that the seller added to the payment page, and what the buyer entered.</summary>
/// <param name="Key">The seller's key of the field.</param>
/// <param name="Label">The label that the buyer saw.</param>
/// <param name="Type"><c>text</c>, <c>numeric</c> or <c>dropdown</c>.</param>
/// <param name="Value">The buyer's text or digits, the value of the chosen option, or null if the buyer left the field empty.</param>
public sealed record CustomField(string Key, string? Label, string Type, string? Value)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(CustomField);
}

/// <summary>What the buyer agreed to.</summary>
/// <param name="Promotions"><c>opt_in</c> or <c>opt_out</c> of promotional messages, or null.</param>
/// <param name="TermsOfService"><c>accepted</c>, or null.</param>
public sealed record Consent(string? Promotions, string? TermsOfService);
