using System.ComponentModel.DataAnnotations;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>One line of <c>initiate_checkout</c>'s <c>line_items</c>. Its members are described as arguments of the tool.</summary>
internal sealed record LineItemInput
{
    [StringLength(250, MinimumLength = 1)]
    public string? ProductName { get; init; }

    [Range(1, Values.Currency.MaximumAmount)]
    [Expect("a whole number of the currency's smallest unit from 1 to 99999999: pass 4999 for 49.99 USD")]
    public long? PriceCents { get; init; }

    [StringLength(500)]
    [Reference]
    public string? ProductId { get; init; }

    [RegularExpression("^(price|plan)_[A-Za-z0-9_]{1,240}$")]
    [Expect("the id of a Stripe Price, which starts with price_")]
    public string? PriceId { get; init; }

    [Range(1, 999_999)]
    [Expect("a whole number from 1 to 999999")]
    public long? Quantity { get; init; }

    [StringLength(200)]
    [Reference]
    public string? CallerRef { get; init; }
}
