using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Requests;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A sale that breaks no rule, ready to be made.</summary>
internal sealed record Sale
{
    public required Caller Caller { get; init; }

    /// <summary>What is sent to Stripe, if this is the first call of its key.</summary>
    public required SessionRequest Request { get; init; }

    /// <summary>By what a repetition of the call is recognized.</summary>
    public required RequestKey Key { get; init; }

    /// <summary>Whether the key was derived from the arguments, for the caller gave none.</summary>
    public required bool IsKeyDerived { get; init; }

    /// <summary>Digest of the caller's arguments.</summary>
    public required string Digest { get; init; }

    /// <summary>What counts against the caller's cap of the day.</summary>
    public CappedAmount? Capped { get; init; }
}
