using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Arguments of <c>get_checkout</c>.</summary>
internal sealed record GetCheckoutInput
{
    [Description("From initiate_checkout (cs_…).")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }
}
