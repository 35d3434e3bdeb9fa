using System.ComponentModel;
using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A checkout that a call has started, or that an earlier call with the same key or arguments had started.</summary>
internal record StartedCheckout : CheckoutState
{
    [Description("Whether an earlier call made this sale: one with the same idempotency_key, or with the same arguments moments ago. Nothing new was sold.")]
    public required bool Replayed { get; init; }

    [Description("The buyer chooses on the page.")]
    public IReadOnlyList<DeliveryOption>? DeliveryOptions { get; init; }

    /// <summary>The page's address at Stripe, for clients that show the buyer where a link leads; null once the page is closed.</summary>
    [JsonIgnore]
    public string? PageUrl { get; init; }
}
