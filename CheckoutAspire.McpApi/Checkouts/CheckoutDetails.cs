using System.ComponentModel;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Everything about a checkout. Result of <c>get_checkout</c> and <c>wait_for_payment</c>, and the content of its resource.</summary>
internal sealed record CheckoutDetails : CheckoutState
{
    [Description("Source of status and payment_status: Stripe was asked just now, or the seller's ledger has proof of them.")]
    public required StatusSource StatusSource { get; init; }

    [Description("State of the order. Only fulfilled means that the goods are on their way; unrecorded means that the seller's ledger does not have this session yet.")]
    [ReportedOrderStates]
    public required string OrderState { get; init; }

    [Description("Why the order failed or needs review.")]
    public string? Reason { get; init; }

    [Description("Before discounts, tax and shipping, in the currency's smallest unit.")]
    public required long AmountSubtotal { get; init; }

    [Description("payment or subscription.")]
    public string? Mode { get; init; }

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

    [Description("True when wait_for_payment ran out of time before the order was settled. Nothing is wrong and the order is still open: call wait_for_payment again.")]
    public bool? StillWaiting { get; init; }

    /// <summary>The ledger's state of the order; null while the ledger has no order for the session.</summary>
    [JsonIgnore]
    public OrderState? State { get; init; }

    /// <summary>Whether <c>wait_for_payment</c> returns: only an operator or a late event can still change the order.</summary>
    [JsonIgnore]
    public bool IsSettled => State is Orders.Ledger.OrderState.Fulfilled or Orders.Ledger.OrderState.Failed
        or Orders.Ledger.OrderState.Expired or Orders.Ledger.OrderState.NeedsReview;
}

/// <summary>One line of what is sold.</summary>
internal sealed record LineItem
{
    public string? ProductName { get; init; }

    public required long Quantity { get; init; }

    [Description("Price of one unit in the currency's smallest unit; absent when it is not known in the currency of the payment.")]
    public long? PriceCents { get; init; }

    public string? ProductId { get; init; }

    public string? PriceId { get; init; }

    /// <param name="line">The line.</param>
    /// <param name="isPriced">Whether the payment is in the currency in which the line was sold.</param>
    public static LineItem From(OrderLine line, bool isPriced) => new()
    {
        ProductName = line.Name,
        Quantity = line.Quantity,
        PriceCents = isPriced ? line.UnitAmount : null,
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

/// <summary>Where a session's status comes from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StatusSource>))]
internal enum StatusSource
{
    /// <summary>Stripe's API, asked by this call.</summary>
    [JsonStringEnumMemberName("stripe")]
    Stripe,

    /// <summary>The ledger.</summary>
    [JsonStringEnumMemberName("ledger")]
    Ledger,
}
