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

    [Description("Outcome of the elicitation that hand_off requested. accepted: the buyer agreed to open the payment page, but has not paid yet; follow the order with wait_for_payment. declined: the buyer refused; respect it, and cancel the session if the buyer wants nothing. cancelled, unanswered: the buyer did not decide; offer checkout_url. link: the client does not support elicitation; show checkout_url.")]
    public HandOffOutcome? HandOff { get; init; }
}
