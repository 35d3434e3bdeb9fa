using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Result of <c>get_checkout</c>.</summary>
internal sealed record GetCheckoutOutput
{
    [Description("Id of the Stripe Checkout Session.")]
    public required string SessionId { get; init; }

    [Description("Stripe's session status.")]
    [AllowedValues("open", "complete", "expired")]
    public required string Status { get; init; }

    [Description("Stripe's payment status.")]
    [AllowedValues("unpaid", "paid", "no_payment_required")]
    public required string PaymentStatus { get; init; }

    [Description("Where status and payment_status come from: asked from Stripe just now, or what the seller's ledger has proof of.")]
    public required StatusSource StatusSource { get; init; }

    [Description("State of the order. Only fulfilled means that the goods are on their way; unrecorded means that the seller's ledger has not seen this session yet.")]
    [AllowedValues("unrecorded", "created", "awaiting_payment", "claimed", "fulfilled", "failed", "expired", "needs_review")]
    public required string OrderState { get; init; }

    [Description("Why the order failed or needs review.")]
    public string? Reason { get; init; }

    [Description("The seller's reference of the order.")]
    public required string OrderRef { get; init; }

    [Description("Before discounts, tax and shipping, in the currency's smallest unit.")]
    public required long AmountSubtotal { get; init; }

    [Description("What the buyer pays or paid, in the currency's smallest unit.")]
    public required long AmountTotal { get; init; }

    [Description("Lower case ISO 4217 code.")]
    public required string Currency { get; init; }

    [Description("Whether real money moves.")]
    public required bool Livemode { get; init; }

    [Description("payment or subscription.")]
    public string? Mode { get; init; }

    [Description("Stripe's payment page, while the session is open.")]
    public string? CheckoutUrl { get; init; }

    [Description("When the unpaid session expires.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    [Description("The seller's own product id.")]
    public string? ProductId { get; init; }

    [Description("What the buyer sees on the payment page.")]
    public string? ProductName { get; init; }

    [Description("The caller's own reference of the order.")]
    public string? ClientReferenceId { get; init; }

    [Description("What is sold, line by line; empty when the seller's ledger has no record of it.")]
    public required IReadOnlyList<LineItem> LineItems { get; init; }

    [Description("Every step of the order, oldest first.")]
    public required IReadOnlyList<TimelineStep> Timeline { get; init; }

    [Description("The order's fulfillment.")]
    public required Fulfillment Fulfillment { get; init; }

    [Description("True when wait_for_payment ran out of time before the order was settled: nothing is wrong, the order still waits; call wait_for_payment again.")]
    public bool? StillWaiting { get; init; }

    /// <summary>Whether waiting is over: only a person or a late proof can still change the order.</summary>
    [JsonIgnore]
    public bool IsSettled => OrderState is "fulfilled" or "failed" or "expired" or "needs_review";
}

/// <summary>One line of what is sold.</summary>
internal sealed record LineItem
{
    public string? ProductName { get; init; }

    public required long Quantity { get; init; }

    [Description("Price of one unit in the currency's smallest unit; absent when only Stripe knows it.")]
    public long? PriceCents { get; init; }

    public string? ProductId { get; init; }

    public string? PriceId { get; init; }

    public static LineItem From(OrderLine line) => new()
    {
        ProductName = line.Name,
        Quantity = line.Quantity,
        PriceCents = line.UnitAmount,
        ProductId = line.ProductId,
        PriceId = line.PriceId,
    };
}

/// <summary>One step of an order.</summary>
internal sealed record TimelineStep
{
    public required DateTimeOffset At { get; init; }

    public required string What { get; init; }

    public string? Detail { get; init; }
}

/// <summary>An order's fulfillment.</summary>
internal sealed record Fulfillment
{
    [Description("Idempotency key of every external effect of the fulfillment.")]
    public required string Key { get; init; }

    [Description("How often the order was fulfilled: 0 or 1.")]
    public required int Count { get; init; }

    public DateTimeOffset? FulfilledAt { get; init; }
}

/// <summary>Who said a session's status.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StatusSource>))]
internal enum StatusSource
{
    /// <summary>Stripe, just now.</summary>
    [JsonStringEnumMemberName("stripe")]
    Stripe,

    /// <summary>The ledger.</summary>
    [JsonStringEnumMemberName("ledger")]
    Ledger,
}
