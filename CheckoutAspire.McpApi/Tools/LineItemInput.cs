using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Checkouts;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>One line of <c>initiate_checkout</c>'s <c>line_items</c>.</summary>
internal sealed record LineItemInput
{
    [Description("Name of the product, shown to the buyer on the payment page; pass it together with price_cents.")]
    [StringLength(250, MinimumLength = 1)]
    public string? ProductName { get; init; }

    [Description("Price of one unit as a whole number of the currency's smallest unit: 4999 is 49.99 USD. Never a decimal number.")]
    [Range(1, Values.Currency.MaximumAmount)]
    [Expect("a whole number of the currency's smallest unit from 1 to 99999999: pass 4999 for 49.99 USD")]
    public long? PriceCents { get; init; }

    [Description("Id of a product from list_products, sold at the seller's price; together with product_name and price_cents, the seller's own product id, stored for fulfillment.")]
    [StringLength(500)]
    public string? ProductId { get; init; }

    [Description("Id of a Stripe Price (price_…), instead of product_name and price_cents.")]
    [RegularExpression("^(price|plan)_[A-Za-z0-9_]{1,240}$")]
    [Expect("the id of a Stripe Price, which starts with price_")]
    public string? PriceId { get; init; }

    [Description("Number of units.")]
    [Range(1, 999_999)]
    [DefaultValue(CheckoutRequestLine.DefaultQuantity)]
    [Expect("a whole number from 1 to 999999")]
    public long? Quantity { get; init; }
}
