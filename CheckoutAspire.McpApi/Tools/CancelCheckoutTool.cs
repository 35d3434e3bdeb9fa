using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Cancels an open checkout.</summary>
internal sealed class CancelCheckoutTool(McpApiTelemetry telemetry, ILogger<CancelCheckoutTool> logger)
    : CheckoutTool<CancelCheckoutInput, CanceledCheckout>(
        "cancel_checkout",
        "Cancel a checkout",
        "Expires an open checkout that you started, so that its payment page accepts no more payment. Use it when the buyer has changed their mind, or "
        + "before you start a corrected checkout. If the checkout has expired already, already_expired is true. If the buyer has completed it, the call fails with code already_completed.",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    protected override Task<CanceledCheckout> RunAsync(
        CancelCheckoutInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutCancellation>().RunAsync(input.SessionId, call.Caller, cancellationToken);
}

/// <summary>Arguments of <c>cancel_checkout</c>.</summary>
internal sealed record CancelCheckoutInput
{
    [Description("Id of the Checkout Session, as returned by initiate_checkout (cs_…).")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }
}
