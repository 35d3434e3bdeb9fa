using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>Says where the prices of an order come from.</summary>
internal static class Pricing
{
    /// <summary>The source of each line's price, in a sentence; null if the ledger did not record the sale.</summary>
    public static string? Of(Order order)
    {
        if (order.SessionId.StartsWith("in_", StringComparison.Ordinal))
        {
            return "Stripe priced the renewal by the Price of its subscription.";
        }

        string[] sources = [.. order.LineItems.Select(SourceOf).Distinct(StringComparer.Ordinal)];
        return sources.Length == 0 ? null : $"Priced by {string.Join(" and ", sources)}.";
    }

    private static string SourceOf(OrderLine line) => line switch
    {
        { ProductId: { } product, PriceId: { } price } when product != price => $"the seller's catalog (product {product}, Stripe Price {price})",
        { ProductId: { } product } => $"the seller's catalog (product {product})",
        { PriceId: { } price } => $"the Stripe Price {price}, which the caller named",
        _ => "the caller, whose own prices the seller's price policy allowed",
    };
}
