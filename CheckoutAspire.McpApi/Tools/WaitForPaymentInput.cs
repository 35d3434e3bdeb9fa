using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Arguments of <c>wait_for_payment</c>.</summary>
internal sealed record WaitForPaymentInput
{
    /// <summary>Below the 60 seconds after which the official TypeScript client ends a call.</summary>
    public const int DefaultTimeoutSeconds = 45;

    [Description("Id of the Checkout Session, as returned by initiate_checkout (cs_…).")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }

    [Description("Maximum number of seconds to wait. Stay below your client's limit for one tool call, which is often 60 seconds; to wait longer, call again.")]
    [Range(1, 600)]
    [DefaultValue(DefaultTimeoutSeconds)]
    [Expect("a whole number of seconds from 1 to 600")]
    public int? TimeoutSeconds { get; init; }
}
