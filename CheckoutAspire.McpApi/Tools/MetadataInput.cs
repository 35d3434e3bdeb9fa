using System.ComponentModel.DataAnnotations;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>One pair of <c>initiate_checkout</c>'s <c>metadata</c>, with <see href="https://docs.stripe.com/api/metadata">Stripe's limits</see>.</summary>
internal sealed record MetadataInput
{
    [StringLength(40, MinimumLength = 1)]
    [RegularExpression(@"^[^\[\]]*$")]
    [Expect("text without square brackets")]
    [Reference]
    public required string Key { get; init; }

    [StringLength(500)]
    public required string Value { get; init; }
}
