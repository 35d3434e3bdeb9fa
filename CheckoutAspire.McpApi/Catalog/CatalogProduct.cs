using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>Something that is sold at a price that the seller has set.</summary>
internal sealed record CatalogProduct
{
    /// <summary>What agents call it: the id in the catalogue file, or the Stripe Price's own.</summary>
    public required string Id { get; init; }

    /// <summary>What the buyer sees on the payment page.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? ImageUrl { get; init; }

    /// <summary>The price of one unit.</summary>
    public required Money Price { get; init; }

    /// <summary>The Stripe Price that it is sold by; null for one whose price the catalogue file says.</summary>
    public string? PriceId { get; init; }

    /// <summary>How often it is paid; null for what is paid once.</summary>
    public Recurrence? Recurring { get; init; }

    /// <summary>The most units in one session; null where the seller has set no limit.</summary>
    public long? MaxQuantity { get; init; }
}
