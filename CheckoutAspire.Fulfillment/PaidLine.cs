namespace CheckoutAspire.Fulfillment;

/// <summary>One line of a paid order.</summary>
public sealed record PaidLine
{
    /// <summary>The catalog's id of the product, or null.</summary>
    public string? ProductId { get; init; }

    /// <summary>The caller's own reference of the line, or null. It is the caller's text, and not verified.</summary>
    public string? CallerRef { get; init; }

    /// <summary>Stripe's Product, <c>prod_…</c>, or null if Stripe did not name it.</summary>
    public string? StripeProduct { get; init; }

    /// <summary>Stripe's Price, <c>price_…</c>, or null if Stripe did not name it.</summary>
    public string? StripePrice { get; init; }

    /// <summary>The name that the buyer saw.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the name may be the caller's text, because the ledger does not know that the line was sold at a product of the catalog or a Price.</summary>
    public bool IsNamedByCaller { get; init; }

    /// <summary>The number of units.</summary>
    public required long Quantity { get; init; }

    /// <summary>The price of one unit, or null if units have no price of their own, as with tiers.</summary>
    public long? UnitAmount { get; init; }

    /// <summary>Before discounts and tax.</summary>
    public required long AmountSubtotal { get; init; }

    /// <summary>The line's part of the discounts.</summary>
    public long AmountDiscount { get; init; }

    /// <summary>The line's part of the taxes, including those that its price contains.</summary>
    public long AmountTax { get; init; }

    /// <summary>After discounts and tax.</summary>
    public required long AmountTotal { get; init; }
}
