using CheckoutAspire.McpApi.Access;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// The owner of a session. Orders and Stripe's metadata have a digest of the principal, which identifies the owner of a session whose record was
/// lost and reveals no name to Stripe.
/// </summary>
internal sealed class Ownership(IOptions<StripeOptions> stripe)
{
    /// <summary>The caller's digest: 32 hexadecimal digits that differ between installations.</summary>
    public string Of(Caller caller) => OwnerDigest.Of(stripe.Value.Deployment, caller.Id);

    /// <summary>The digest of the caller and one of its buyers.</summary>
    public string Of(Caller caller, string buyerRef) => OwnerDigest.Of(stripe.Value.Deployment, caller.Id, buyerRef);

    /// <summary>Whether an order is the caller's. Orders from before there were owners belong to the anonymous caller.</summary>
    public bool IsOwn(Caller caller, Order order) => IsOwn(caller, order.Owner);

    /// <summary>Whether a session at Stripe belongs to this installation and to the caller.</summary>
    public bool IsOwn(Caller caller, Session session) =>
        CheckoutMetadata.IsOurs(session.Metadata, stripe.Value.Deployment)
        && IsOwn(caller, session.Metadata.GetValueOrDefault(CheckoutMetadata.Owner, ""));

    private bool IsOwn(Caller caller, string owner) => owner.Length == 0 ? caller == Caller.Anonymous : owner == Of(caller);
}
