using System.Text.Json;
using System.Text.Json.Serialization;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>One line of what was sold.</summary>
public sealed record OrderLine
{
    /// <summary>The name that the buyer sees on the page, or null if only Stripe knows it.</summary>
    public string? Name { get; init; }

    /// <summary>The number of units.</summary>
    public required long Quantity { get; init; }

    /// <summary>The price of one unit in minor units, or null if only Stripe knows it.</summary>
    public long? UnitAmount { get; init; }

    /// <summary>The product's id in the seller's catalog, or null for what is sold without one. In earlier ledgers it may be the caller's own id.</summary>
    public string? ProductId { get; init; }

    /// <summary>The caller's own id of the line, or null. It is the caller's text.</summary>
    public string? CallerRef { get; init; }

    /// <summary>The Stripe Price, or null if the line has a price of its own.</summary>
    public string? PriceId { get; init; }

    /// <summary>Whether the caller wrote <see cref="Name"/>, because the line has no product of the catalog and no Price.</summary>
    [JsonIgnore]
    public bool IsNamedByCaller => ProductId is null && PriceId is null;

    /// <summary>Stripe's Product, or null if Stripe's response did not name it.</summary>
    public string? StripeProductId { get; init; }

    /// <summary>The Price that Stripe made for a line that has a price of its own; null for a line with a <see cref="PriceId"/>.</summary>
    public string? StripePriceId { get; init; }

    /// <summary>Whether the line is charged again in each period; null when it is not known, as in orders of earlier ledgers.</summary>
    public bool? Recurring { get; init; }
}

/// <summary>The stored form of an order's lines: <c>[{"name":"Red mug","quantity":2,"unit_amount":4999}]</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<OrderLine>))]
internal sealed partial class OrderLineJson : JsonSerializerContext
{
    public static string Write(IReadOnlyList<OrderLine> lines) =>
        lines.Count == 0 ? "" : JsonSerializer.Serialize(lines, Default.IReadOnlyListOrderLine);

    public static IReadOnlyList<OrderLine> Read(string json) =>
        json.Length == 0 ? [] : JsonSerializer.Deserialize(json, Default.IReadOnlyListOrderLine) ?? [];
}
