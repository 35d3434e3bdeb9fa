using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Arguments of <c>wait_for_payment</c>.</summary>
internal sealed record WaitForPaymentInput
{
    /// <summary>Below the 60 seconds after which the official TypeScript client ends a call.</summary>
    public const int DefaultTimeoutSeconds = 45;

    [Description("From initiate_checkout (cs_…).")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }

    [Description("Longest wait in seconds; 45 by default. Stay below your client's limit for a call, often 60.")]
    [Range(1, 600)]
    [Expect("a whole number of seconds from 1 to 600")]
    public int? TimeoutSeconds { get; init; }

    [Description("Only if the sale has this buyer_ref.")]
    [StringLength(200)]
    [Reference]
    public string? BuyerRef { get; init; }
}
