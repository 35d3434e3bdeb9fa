using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A refund of a checkout. Result of <c>refund_checkout</c>.</summary>
internal sealed record RefundedCheckout
{
    public required string SessionId { get; init; }

    public required string RefundId { get; init; }

    [Description("Stripe's. Only succeeded means that the money is on its way to the buyer; get_checkout shows it once Stripe's event arrives.")]
    public required string Status { get; init; }

    [Description("In the currency's smallest unit.")]
    public required long Amount { get; init; }

    public required string Currency { get; init; }

    [AllowedValues(RefundReason.Duplicate, RefundReason.Fraudulent, RefundReason.RequestedByCustomer)]
    public string? Reason { get; init; }

    [Description("Whether an earlier call with the same idempotency_key made this refund.")]
    public required bool Replayed { get; init; }
}

/// <summary>The reasons that Stripe knows: <see href="https://docs.stripe.com/api/refunds/create#create_refund-reason"/>.</summary>
internal static class RefundReason
{
    public const string Duplicate = "duplicate";
    public const string Fraudulent = "fraudulent";
    public const string RequestedByCustomer = "requested_by_customer";
}
