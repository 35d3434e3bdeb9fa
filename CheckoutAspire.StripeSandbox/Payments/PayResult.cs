using CheckoutAspire.StripeSandbox.Events;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>How an attempt to pay ended.</summary>
internal abstract record PayResult
{
    private PayResult()
    {
    }

    /// <summary>The session is complete; the buyer goes on once the event was delivered.</summary>
    public sealed record Completed(SandboxEvent Event) : PayResult;

    /// <summary>The bank wants to hear from the buyer first.</summary>
    public sealed record NeedsAuthentication : PayResult;

    /// <summary>Refused; the session stays open.</summary>
    public sealed record Refused(Refusal Refusal) : PayResult;
}
