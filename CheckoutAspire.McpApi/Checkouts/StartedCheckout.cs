using System.ComponentModel;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A checkout that a call has started, or that an earlier call with the same key or arguments had started.</summary>
internal record StartedCheckout : CheckoutState
{
    [Description("True when an earlier call made this session: one with the same idempotency_key, or, without a key, one with the same arguments moments ago.")]
    public required bool Replayed { get; init; }
}
