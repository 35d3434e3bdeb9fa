using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Checkouts;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Result of <c>initiate_checkout</c>.</summary>
internal sealed record InitiateCheckoutOutput : StartedCheckout
{
    /// <summary>Used by the serializer, which derives the schema.</summary>
    [JsonConstructor]
    public InitiateCheckoutOutput()
    {
    }

    /// <summary>Adds the outcome of the hand-off to a checkout.</summary>
    [SetsRequiredMembers]
    public InitiateCheckoutOutput(StartedCheckout checkout, HandOffOutcome? handOff)
        : base(checkout) => HandOff = handOff;

    [Description("Outcome of hand_off elicitation. accepted: the buyer opens the page and has not paid yet. declined: respect it. Otherwise show checkout_url.")]
    public HandOffOutcome? HandOff { get; init; }
}
