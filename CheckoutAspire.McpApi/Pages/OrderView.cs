using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>The content of a page about an order.</summary>
/// <param name="State">The state that the page shows. When it changes, the page reloads.</param>
/// <param name="Tone">Style class: <c>done</c>, <c>wait</c> or <c>stop</c>.</param>
/// <param name="Title">The page's heading.</param>
/// <param name="Message">One or two sentences.</param>
/// <param name="Refreshes">Whether the page polls for the next state.</param>
/// <param name="MayPay">Whether the buyer can still pay.</param>
internal sealed record OrderView(string State, string Tone, string Title, string Message, bool Refreshes = false, bool MayPay = false)
{
    /// <summary>For an id that is unknown, malformed or absent, without revealing which.</summary>
    public static readonly OrderView Unknown = new(
        "unknown", "stop", "There is no order to show here", "If you have paid, your payment is safe: Stripe informs the seller, not this page.");

    /// <summary>While the ledger is unreachable.</summary>
    public static readonly OrderView Unavailable = new(
        "unavailable", "wait", "Your order cannot be shown right now",
        "If you have paid, your payment is safe. This page tries again automatically.", Refreshes: true);

    /// <summary>The success page.</summary>
    public static OrderView AfterPayment(Order order, DateTimeOffset now) => Settled(order, now) ?? new OrderView(
        "created", "wait", "Confirming your payment", "This takes a few seconds. You can close this page; your order does not depend on it.", Refreshes: true);

    /// <summary>The cancel page.</summary>
    public static OrderView AfterCancel(Order order, DateTimeOffset now) => Settled(order, now) ?? new OrderView(
        "created", "stop", "You have not paid", "Nothing was charged. You can go back to the payment page while it is open.", MayPay: true);

    private static OrderView? Settled(Order order, DateTimeOffset now) => order.State switch
    {
        OrderState.Created when SessionStatus.Of(order, now) == SessionStatus.Open => null,
        OrderState.AwaitingPayment => new OrderView(
            "awaiting_payment", "wait", "Your payment is on its way",
            "Your bank has been asked to pay, which can take some days. Your order will be fulfilled as soon as the money arrives."),
        OrderState.Claimed => new OrderView(
            "claimed", "wait", "Payment received", "Your order is being fulfilled.", Refreshes: true),
        OrderState.Fulfilled => new OrderView(
            "fulfilled", "done", "Thank you, your order is complete", "Your payment was received and your order is fulfilled."),
        OrderState.Failed => new OrderView(
            "failed", "stop", "Your payment failed", "Your bank did not pay, and your order was not fulfilled."),
        OrderState.NeedsReview => new OrderView(
            "needs_review", "wait", "Your order is being checked", "The seller reviews your order before it is fulfilled. You do not need to do anything."),
        _ => new OrderView(
            "expired", "stop", "This checkout has expired", "It was not paid in time, and nothing was charged."),
    };
}
