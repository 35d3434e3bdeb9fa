namespace CheckoutAspire.Orders.Ledger;

/// <summary>The fields of an order's hash that clients of the ledger write. Only scripts write the other fields.</summary>
internal static class OrderFields
{
    public const string OrderRef = "order_ref";
    public const string AmountSubtotal = "amount_subtotal";
    public const string AmountTotal = "amount_total";
    public const string Currency = "currency";
    public const string Livemode = "livemode";
    public const string Mode = "mode";
    public const string ExpiresAt = "expires_at";
    public const string CheckoutUrl = "checkout_url";
    public const string ProductId = "product_id";
    public const string ProductName = "product_name";
    public const string ClientReferenceId = "client_reference_id";
    public const string Owner = "owner";
    public const string Principal = "principal";
    public const string BuyerRef = "buyer_ref";
    public const string ShortLink = "short_link";
    public const string Locale = "locale";
    public const string Replaces = "replaces";
    public const string LineItems = "line_items";
    public const string TotalVaries = "total_varies";

    /// <summary>The order is older than what the ledger knows: its proof of payment asks the witness.</summary>
    public const string Predates = "predates";

    /// <summary>The fields that say who the buyer is. They are deleted when a buyer asks for it.</summary>
    public static IReadOnlyList<string> Personal { get; } = [BuyerRef, ClientReferenceId];
}
