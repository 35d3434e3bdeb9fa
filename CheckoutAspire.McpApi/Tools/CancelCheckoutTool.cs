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
        "Closes the payment page of an open checkout that the buyer does not want. To change it, pass replaces to initiate_checkout. "
        + "Fails with code already_completed if the buyer has paid.",
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
    [Description("From initiate_checkout (cs_…).")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }
}
