using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>One line of a sale, as it is sent to Stripe and written to the ledger.</summary>
internal sealed record SaleLine
{
    /// <summary>Null if only Stripe knows the name of the Price's Product.</summary>
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? ImageUrl { get; init; }

    /// <summary>The Stripe Price; null if the line has its own amount.</summary>
    public string? PriceId { get; init; }

    /// <summary>Null if only Stripe knows the amount of the Price.</summary>
    public long? UnitAmount { get; init; }

    /// <summary>Null for a Price that is charged in the currency that the caller chose.</summary>
    public string? Currency { get; init; }

    public Recurrence? Recurring { get; init; }

    public required long Quantity { get; init; }

    /// <summary>The product's id in the catalog; null for what is sold without one.</summary>
    public string? ProductId { get; init; }

    /// <summary>What limits and stock count by, for a product of the catalog.</summary>
    public string? Group { get; init; }

    /// <summary>All units of <see cref="Group"/> that the catalog offers; null if they are not counted.</summary>
    public long? Stock { get; init; }

    /// <summary>The most units of <see cref="Group"/> in one session. It was compared before, so that it is not stored.</summary>
    [JsonIgnore]
    public long? MaxQuantity { get; init; }

    /// <summary>The caller's own id of the line. Stripe does not receive it.</summary>
    public string? CallerRef { get; init; }

    /// <summary>What the product adds to the session. It is stored in the request's parameters, not in the line.</summary>
    [JsonIgnore]
    public SessionParameters? Session { get; init; }

    /// <summary>The amount of the line; null if the unit amount is not known.</summary>
    public long? Amount() => UnitAmount * Quantity;
}
