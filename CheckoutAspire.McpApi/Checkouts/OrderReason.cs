using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Why an order is not fulfilled, for agents and buyers. The ledger's own reasons have the words of operators and handlers, which stay inside.
/// </summary>
internal static class OrderReason
{
    /// <summary>One of a closed set of sentences, or null if there is nothing to explain.</summary>
    public static string? Of(Order order) => order switch
    {
        { Fulfillment: OrderFulfillment.Rejected } => "The seller has reviewed the order and does not deliver it.",
        { State: OrderState.NeedsReview } => OfHold(order.Causes.Count > 0 ? order.Causes[^1] : ""),
        { State: OrderState.Failed } => "The buyer's bank did not pay.",
        { State: OrderState.Claimed, Reason: not null } => "The order is paid. Its delivery is delayed and will be tried again.",
        _ => null,
    };

    private static string OfHold(string cause) => cause switch
    {
        "sale" => "The payment differs from what was sold. The seller reviews the order before it is delivered.",
        "origin" => "The seller has no record of this sale and reviews the order before it is delivered.",
        "refunds" => "The payment was refunded before the order was delivered. The seller reviews the order.",
        _ when cause.StartsWith("du_", StringComparison.Ordinal) || cause.StartsWith("dp_", StringComparison.Ordinal) =>
            "The payment was disputed before the order was delivered. The seller reviews the order.",
        _ => "The seller reviews the order before it is delivered.",
    };
}
