using System.ComponentModel;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The protocol's order: <see href="https://ucp.dev/2026-04-08/schemas/shopping/order.json">order.json</see>.</summary>
internal sealed record UcpOrder
{
    public required UcpEnvelope Ucp { get; init; }

    public required string Id { get; init; }

    public required string CheckoutId { get; init; }

    [Description("The seller's page about the order, for the buyer.")]
    public required string PermalinkUrl { get; init; }

    public required IReadOnlyList<UcpOrderLineItem> LineItems { get; init; }

    public required UcpFulfillment Fulfillment { get; init; }

    [Description("Changes after the sale: refunds and disputes.")]
    public required IReadOnlyList<UcpAdjustment> Adjustments { get; init; }

    [Description("ISO 4217 code of every amount.")]
    public required string Currency { get; init; }

    public required IReadOnlyList<UcpTotal> Totals { get; init; }

    public IReadOnlyList<UcpMessage>? Messages { get; init; }
}

internal sealed record UcpOrderLineItem
{
    public required string Id { get; init; }

    public required UcpItem Item { get; init; }

    public required UcpOrderQuantity Quantity { get; init; }

    public required IReadOnlyList<UcpTotal> Totals { get; init; }

    [Description("processing or fulfilled.")]
    public required string Status { get; init; }
}

internal sealed record UcpOrderQuantity
{
    public required long Original { get; init; }

    public required long Total { get; init; }

    public required long Fulfilled { get; init; }
}

internal sealed record UcpFulfillment
{
    [Description("Events, oldest first; the list is append-only.")]
    public required IReadOnlyList<UcpFulfillmentEvent> Events { get; init; }
}

internal sealed record UcpFulfillmentEvent
{
    public required string Id { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    [Description("processing: paid and being fulfilled. fulfilled: done.")]
    public required string Type { get; init; }

    public required IReadOnlyList<UcpLineQuantity> LineItems { get; init; }
}

internal sealed record UcpLineQuantity
{
    public required string Id { get; init; }

    public required long Quantity { get; init; }
}

internal sealed record UcpAdjustment
{
    public required string Id { get; init; }

    [Description("refund or dispute.")]
    public required string Type { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    [Description("pending, completed or failed.")]
    public required string Status { get; init; }

    public IReadOnlyList<UcpTotal>? Totals { get; init; }

    public string? Description { get; init; }
}
