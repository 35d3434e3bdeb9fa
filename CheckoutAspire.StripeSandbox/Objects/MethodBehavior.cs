using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>How a payment method behaves when it is charged, which the payment method object does not show.</summary>
internal sealed class MethodBehavior : IHasId
{
    /// <summary>The payment method's identifier.</summary>
    public required string Id { get; set; }

    public string? DeclineCode { get; init; }

    public bool RequiresAuthentication { get; init; }
}
