using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Checkouts;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Result of <c>initiate_checkout</c>.</summary>
internal sealed record InitiateCheckoutOutput : StartedCheckout
{
    /// <summary>For the serializer's schema.</summary>
    [JsonConstructor]
    public InitiateCheckoutOutput()
    {
    }

    /// <summary>The result for a checkout.</summary>
    [SetsRequiredMembers]
    public InitiateCheckoutOutput(StartedCheckout checkout, HandOffOutcome? handOff)
        : base(checkout) => HandOff = handOff;

    [Description("What became of the elicitation that hand_off asked for. accepted: the buyer agreed to open the payment page, which is no payment yet; follow it with wait_for_payment. declined: the buyer refused; do not press, and cancel the session if nothing is wanted. cancelled, unanswered: the buyer did not decide; offer checkout_url. link: the client cannot ask; show checkout_url.")]
    public HandOffOutcome? HandOff { get; init; }
}
