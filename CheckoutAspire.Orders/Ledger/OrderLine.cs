using System.Text.Json;
using System.Text.Json.Serialization;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>One line of what was sold.</summary>
public sealed record OrderLine
{
    /// <summary>What the buyer sees on the page, or null when only Stripe knows.</summary>
    public string? Name { get; init; }

    /// <summary>Number of units.</summary>
    public required long Quantity { get; init; }

    /// <summary>Price of one unit in minor units, or null when only Stripe knows.</summary>
    public long? UnitAmount { get; init; }

    /// <summary>The seller's product id, or null.</summary>
    public string? ProductId { get; init; }

    /// <summary>The Stripe Price, or null when the line carries its own.</summary>
    public string? PriceId { get; init; }

    /// <summary>Whether the line is charged again in each period; null when it is not known, as in orders of earlier ledgers.</summary>
    public bool? Recurring { get; init; }
}

/// <summary>How an order's lines are written down: <c>[{"name":"Red mug","quantity":2,"unit_amount":4999}]</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<OrderLine>))]
internal sealed partial class OrderLineJson : JsonSerializerContext
{
    public static string Write(IReadOnlyList<OrderLine> lines) =>
        lines.Count == 0 ? "" : JsonSerializer.Serialize(lines, Default.IReadOnlyListOrderLine);

    public static IReadOnlyList<OrderLine> Read(string json) =>
        json.Length == 0 ? [] : JsonSerializer.Deserialize(json, Default.IReadOnlyListOrderLine) ?? [];
}
