using System.Collections.Frozen;
using System.ComponentModel;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Everything about a checkout. Result of <c>get_checkout</c> and <c>wait_for_payment</c>, and the content of its resource.</summary>
internal sealed record CheckoutDetails : CheckoutState
{
    [Description("Whether status and payment_status are Stripe's, asked just now, or the ledger's.")]
    public required StatusSource StatusSource { get; init; }

    [Description("What buyers and sellers call the order.")]
    public required string OrderNumber { get; init; }

    [Description("What the buyer's page shows.")]
    public required string BuyerStatus { get; init; }

    [Description("Only fulfilled means paid and delivered; unrecorded: not in the seller's ledger yet.")]
    [ReportedOrderStates]
    public required string OrderState { get; init; }

    [Description("Why the order failed, waits or needs review.")]
    public string? Reason { get; init; }

    public required long AmountSubtotal { get; init; }

    public long? AmountRefunded { get; init; }

    public string? Mode { get; init; }

    public string? ProductId { get; init; }

    public string? ProductName { get; init; }

    public string? ClientReferenceId { get; init; }

    public string? BuyerRef { get; init; }

    [Description(CallerTextMembers.Meaning)]
    public IReadOnlyList<string>? CallerText { get; init; }

    public required IReadOnlyList<LineItem> LineItems { get; init; }

    public required IReadOnlyList<TimelineStep> Timeline { get; init; }

    [Description("Only of a paid subscription.")]
    public CheckoutSubscription? Subscription { get; init; }

    public required Fulfillment Fulfillment { get; init; }

    [Description("The order is not settled yet. Nothing is wrong: call wait_for_payment again.")]
    public bool? StillWaiting { get; init; }

    /// <summary>The ledger's state of the order; null while the ledger has no order for the session.</summary>
    [JsonIgnore]
    public OrderState? State { get; init; }

    /// <summary>Whether <c>wait_for_payment</c> returns: only an operator or a late event can still change the order.</summary>
    [JsonIgnore]
    public bool IsSettled => ReplacedBy is not null || State is Orders.Ledger.OrderState.Fulfilled or Orders.Ledger.OrderState.Failed
        or Orders.Ledger.OrderState.Expired or Orders.Ledger.OrderState.NeedsReview;
}

/// <summary>One line of what is sold.</summary>
internal sealed record LineItem
{
    public string? ProductName { get; init; }

    public required long Quantity { get; init; }

    [Description("Price of one unit; absent if it is not known in the currency of the payment.")]
    public long? PriceCents { get; init; }

    public string? ProductId { get; init; }

    public string? PriceId { get; init; }

    public string? CallerRef { get; init; }

    /// <param name="line">The line.</param>
    /// <param name="isPriced">Whether the payment is in the currency in which the line was sold.</param>
    public static LineItem From(OrderLine line, bool isPriced) => new()
    {
        ProductName = CallerTextMembers.Show(line.Name),
        Quantity = line.Quantity,
        PriceCents = isPriced ? line.UnitAmount : null,
        ProductId = CallerTextMembers.Show(line.ProductId),
        PriceId = line.PriceId,
        CallerRef = CallerTextMembers.Show(line.CallerRef),
    };
}

/// <summary>One step of an order, without what operators and handlers wrote.</summary>
internal sealed record TimelineStep
{
    /// <summary>The steps whose detail is an amount or a state at Stripe. The details of all other steps are for operators.</summary>
    private static readonly FrozenSet<string> s_stripesSteps = FrozenSet.Create(
        StringComparer.Ordinal,
        "refunded", "refund_failed", "inquiry", "disputed", "dispute_closed", "dispute_won", "dispute_lost", "subscription_changed", "subscription_ended");

    public required DateTimeOffset At { get; init; }

    public required string What { get; init; }

    public string? Detail { get; init; }

    public static TimelineStep From(TimelineEntry entry) => new()
    {
        At = entry.At,
        What = entry.What,
        Detail = entry.Detail.Length > 0 && s_stripesSteps.Contains(entry.What) ? entry.Detail : null,
    };
}

/// <summary>An order's fulfillment.</summary>
internal sealed record Fulfillment
{
    [Description("Idempotency key of the fulfillment's effects.")]
    public required string Key { get; init; }

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
