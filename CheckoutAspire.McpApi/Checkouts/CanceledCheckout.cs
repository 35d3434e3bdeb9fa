using System.ComponentModel;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A checkout that takes no payment any more. Result of <c>cancel_checkout</c>.</summary>
internal sealed record CanceledCheckout : CheckoutReference
{
    [Description("Becomes expired a moment later, when Stripe's event arrives.")]
    [ReportedOrderStates]
    public required string OrderState { get; init; }

    [Description("Whether it had expired before this call.")]
    public required bool AlreadyExpired { get; init; }
}
