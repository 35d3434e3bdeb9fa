using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Pages;

/// <summary>What a buyer is told about an order.</summary>
/// <param name="State">What the page shows; another state of the order shows another page.</param>
/// <param name="Tone">Style class: <c>done</c>, <c>wait</c> or <c>stop</c>.</param>
/// <param name="Title">The page's heading.</param>
/// <param name="Message">One or two sentences.</param>
/// <param name="Refreshes">Whether the state is about to change.</param>
/// <param name="MayPay">Whether the buyer can still pay on the open session.</param>
internal sealed record OrderView(string State, string Tone, string Title, string Message, bool Refreshes = false, bool MayPay = false)
{
    /// <summary>For an id that is unknown, malformed or absent: says nothing about which.</summary>
    public static readonly OrderView Unknown = new(
        "unknown", "stop", "There is no order to show here", "If you have paid, your payment is safe: the seller was told by Stripe, not by this page.");

    /// <summary>While the ledger does not answer.</summary>
    public static readonly OrderView Unavailable = new(
        "unavailable", "wait", "Your order cannot be shown right now",
        "If you have paid, your payment is safe. This page tries again by itself.", Refreshes: true);

    /// <summary>What the success page says.</summary>
    public static OrderView AfterPayment(Order order, DateTimeOffset now) => Settled(order, now) ?? new OrderView(
        "created", "wait", "Confirming your payment", "This takes a few seconds. You may close this page: your order does not depend on it.", Refreshes: true);

    /// <summary>What the cancel page says.</summary>
    public static OrderView AfterCancel(Order order, DateTimeOffset now) => Settled(order, now) ?? new OrderView(
        "created", "stop", "You have not paid", "Nothing was charged. You can go back to the payment page as long as it is open.", MayPay: true);

    private static OrderView? Settled(Order order, DateTimeOffset now) => order.State switch
    {
        OrderState.Created when SessionStatus.Of(order, now) == SessionStatus.Open => null,
        OrderState.AwaitingPayment => new OrderView(
            "awaiting_payment", "wait", "Your payment is on its way",
            "Your bank has been asked to pay, which can take some days. Your order is fulfilled as soon as the money arrives."),
        OrderState.Claimed => new OrderView(
            "claimed", "wait", "Payment received", "Your order is being fulfilled.", Refreshes: true),
        OrderState.Fulfilled => new OrderView(
            "fulfilled", "done", "Thank you, your order is complete", "Your payment was received and your order is fulfilled."),
        OrderState.Failed => new OrderView(
            "failed", "stop", "Your payment failed", "Your bank did not pay, and your order was not fulfilled."),
        OrderState.NeedsReview => new OrderView(
            "needs_review", "wait", "Your order is being checked", "Somebody looks at your order before it is fulfilled. You need not do anything."),
        _ => new OrderView(
            "expired", "stop", "This checkout has expired", "It was not paid in time, and nothing was charged."),
    };
}
