using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>One line of a sale, as it is sent to Stripe and written to the ledger.</summary>
internal sealed record SaleLine
{
    /// <summary>Null when only Stripe knows what its Price is called.</summary>
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? ImageUrl { get; init; }

    /// <summary>The Stripe Price; null when the line carries its own price.</summary>
    public string? PriceId { get; init; }

    /// <summary>Null when only Stripe knows its Price's amount.</summary>
    public long? UnitAmount { get; init; }

    /// <summary>Null when only Stripe knows its Price's currency.</summary>
    public string? Currency { get; init; }

    public Recurrence? Recurring { get; init; }

    public required long Quantity { get; init; }

    /// <summary>The seller's own product id.</summary>
    public string? ProductId { get; init; }

    /// <summary>What the line comes to, when its amount is known.</summary>
    public long? Amount() => UnitAmount * Quantity;
}
