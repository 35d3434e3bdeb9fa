using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Worker.Events;

/// <summary>The origin that the metadata of a session or a subscription proves.</summary>
internal static class SaleMetadata
{
    /// <summary>Proven only by the seal; whether the ledger has the order or its request is checked where it is applied.</summary>
    public static SaleOrigin OriginOf(IReadOnlyDictionary<string, string>? metadata, StripeOptions stripe, long amountSubtotal, string currency)
    {
        if (!CheckoutMetadata.IsOurs(metadata, stripe.Deployment))
        {
            return SaleOrigin.Foreign;
        }

        var seal = Tag(metadata, CheckoutMetadata.Seal);
        return SaleSeal.CoversLines(seal) ? SaleOrigin.Sealed
            : SaleSeal.Verify(
                seal, stripe.SecretKey, Tag(metadata, CheckoutMetadata.OrderRef), Tag(metadata, CheckoutMetadata.Owner), amountSubtotal, currency)
                ? SaleOrigin.Proven
                : SaleOrigin.Claimed;
    }

    /// <summary>A metadata value, or empty.</summary>
    public static string Tag(IReadOnlyDictionary<string, string>? metadata, string name) =>
        metadata is not null && metadata.TryGetValue(name, out var value) ? value : "";
}
