using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Requests;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A sale that has passed all rules.</summary>
internal sealed record Sale
{
    public required Caller Caller { get; init; }

    /// <summary>The request to Stripe, if this is the first call with its key.</summary>
    public required SessionRequest Request { get; init; }

    /// <summary>The key by which a repeated call is recognized.</summary>
    public required RequestKey Key { get; init; }

    /// <summary>Whether the key was derived from the arguments because the caller gave none.</summary>
    public required bool IsKeyDerived { get; init; }

    /// <summary>The caller's own id of the buyer, if it gave one.</summary>
    public string? BuyerRef { get; init; }

    /// <summary>Digest of the caller's arguments.</summary>
    public required string Digest { get; init; }

    /// <summary>The amount that counts against the caller's daily cap.</summary>
    public CappedAmount? Capped { get; init; }
}
