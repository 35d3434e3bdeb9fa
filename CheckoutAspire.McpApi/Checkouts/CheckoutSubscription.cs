using System.ComponentModel;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>The subscription that a checkout began, as far as the ledger has it.</summary>
internal sealed record CheckoutSubscription
{
    [Description("Stripe's status.")]
    public required string Status { get; init; }

    public bool? EndsWithPeriod { get; init; }

    [Description("Newest first.")]
    public required IReadOnlyList<Renewal> Renewals { get; init; }

    /// <summary>Whether an order has begun a subscription. A subscription begins when its first payment arrives.</summary>
    public static bool IsBegunBy(Order order) =>
        order.SubscriptionState is not null || (order.Mode == CheckoutMode.Subscription && order.Payment is OrderPayment.Paid);

    /// <param name="order">The order that began the subscription.</param>
    /// <param name="renewals">The orders of its renewals, newest first.</param>
    public static CheckoutSubscription From(Order order, IReadOnlyList<Order> renewals) => new()
    {
        // Until a change is reported, a subscription is as its first payment left it.
        Status = order.SubscriptionState?.Status ?? "active",
        EndsWithPeriod = order.SubscriptionState is { EndsWithPeriod: true, HasEnded: false } ? true : null,
        Renewals = [.. renewals.Select(Renewal.From)],
    };
}

/// <summary>One renewal: an order of its own.</summary>
internal sealed record Renewal
{
    public required string InvoiceId { get; init; }

    [Description("As order_state.")]
    public required string Status { get; init; }

    public required long Amount { get; init; }

    public required string Currency { get; init; }

    public DateTimeOffset? PaidAt { get; init; }

    public static Renewal From(Order order) => new()
    {
        InvoiceId = order.SessionId,
        Status = order.State.Name(),
        Amount = order.AmountTotal,
        Currency = order.Currency,
        PaidAt = order.PaidAt,
    };
}
