using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.HandOff;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Result of <c>initiate_checkout</c>.</summary>
internal sealed record InitiateCheckoutOutput
{
    [Description("Stripe's payment page for the buyer, while the session is open. Show it to the buyer as a link.")]
    public string? CheckoutUrl { get; init; }

    [Description("Id of the Stripe Checkout Session, for get_checkout.")]
    public required string SessionId { get; init; }

    [Description("Stripe's session status.")]
    [AllowedValues("open", "complete", "expired")]
    public required string Status { get; init; }

    [Description("Stripe's payment status.")]
    [AllowedValues("unpaid", "paid", "no_payment_required")]
    public required string PaymentStatus { get; init; }

    [Description("What the buyer pays, in the currency's smallest unit.")]
    public required long AmountTotal { get; init; }

    [Description("Lower case ISO 4217 code.")]
    public required string Currency { get; init; }

    [Description("When the unpaid session expires.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    [Description("Whether real money moves.")]
    public required bool Livemode { get; init; }

    [Description("The seller's reference of the order.")]
    public required string OrderRef { get; init; }

    [Description("True when an earlier call made this session: one with the same idempotency_key, or, without a key, one with the same arguments moments ago.")]
    public required bool Replayed { get; init; }

    [Description("What became of the elicitation that hand_off asked for. accepted: the buyer agreed to open the payment page, which is no payment yet; follow it with wait_for_payment. declined: the buyer refused; do not press, and cancel the session if nothing is wanted. cancelled, unanswered: the buyer did not decide; offer checkout_url. link: the client cannot ask; show checkout_url.")]
    public HandOffOutcome? HandOff { get; init; }
}
