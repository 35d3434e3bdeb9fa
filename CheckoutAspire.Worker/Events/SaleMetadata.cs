using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Worker.Events;

/// <summary>The origin that the metadata of a session or a subscription proves.</summary>
internal static class SaleMetadata
{
    /// <summary>
    /// The origin that the metadata claims. The seal is verified only if the ledger has neither the order nor its request: deriving its key takes as
    /// long as reading the event.
    /// </summary>
    public static SaleOrigin OriginOf(IReadOnlyDictionary<string, string>? metadata, StripeOptions stripe) =>
        !CheckoutMetadata.IsOurs(metadata, stripe.Deployment) ? SaleOrigin.Foreign
        : Tag(metadata, CheckoutMetadata.Seal).Length > 0 ? SaleOrigin.Sealed
        : SaleOrigin.Claimed;

    /// <summary>A metadata value, or empty.</summary>
    public static string Tag(IReadOnlyDictionary<string, string>? metadata, string name) =>
        metadata is not null && metadata.TryGetValue(name, out var value) ? value : "";
}
