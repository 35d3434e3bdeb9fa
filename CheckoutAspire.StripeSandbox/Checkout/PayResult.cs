using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>The result of an attempt to pay.</summary>
internal abstract record PayResult
{
    private PayResult()
    {
    }

    /// <summary>The session is complete. The buyer is redirected once the event has been delivered.</summary>
    public sealed record Completed(SandboxEvent Event) : PayResult;

    /// <summary>The bank requires authentication by the buyer.</summary>
    public sealed record NeedsAuthentication : PayResult;

    /// <summary>The payment was declined; the session stays open.</summary>
    public sealed record Declined(PageError Error) : PayResult;
}
