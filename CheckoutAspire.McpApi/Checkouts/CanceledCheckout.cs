using System.ComponentModel;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A checkout that takes no payment any more. Result of <c>cancel_checkout</c>.</summary>
internal sealed record CanceledCheckout : CheckoutReference
{
    [Description("State of the order. It becomes expired a moment later, when Stripe's event arrives; unrecorded means that the seller's ledger does not have this session.")]
    [ReportedOrderStates]
    public required string OrderState { get; init; }

    [Description("True when the session had expired before this call.")]
    public required bool AlreadyExpired { get; init; }
}
