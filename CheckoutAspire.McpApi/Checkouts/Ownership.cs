using System.Security.Cryptography;
using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Whose a session is. Orders and Stripe's metadata carry a digest of the principal: enough to attribute a session whose record was lost,
/// and nothing that names anybody at Stripe.
/// </summary>
internal sealed class Ownership(IOptions<StripeOptions> stripe)
{
    /// <summary>The caller's digest: 32 hexadecimal digits, another in each installation.</summary>
    public string Of(Caller caller) => Convert.ToHexStringLower(SHA256.HashData(
        JsonSerializer.SerializeToUtf8Bytes([stripe.Value.Deployment, caller.Id], OwnershipJson.Default.StringArray)).AsSpan(0, 16));

    /// <summary>Whether an order is the caller's; what was recorded before orders had owners is the anonymous caller's.</summary>
    public bool IsOwn(Caller caller, Order order) => IsOwn(caller, order.Owner);

    /// <summary>Whether a session at Stripe is this installation's and the caller's.</summary>
    public bool IsOwn(Caller caller, Session session) =>
        CheckoutMetadata.IsOurs(session.Metadata, stripe.Value.Deployment)
        && IsOwn(caller, session.Metadata.GetValueOrDefault(CheckoutMetadata.Owner, ""));

    private bool IsOwn(Caller caller, string owner) => owner.Length == 0 ? caller == Caller.Anonymous : owner == Of(caller);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class OwnershipJson : System.Text.Json.Serialization.JsonSerializerContext;
