using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Sessions;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Ends an open checkout.</summary>
internal sealed class CancelCheckoutTool(McpApiTelemetry telemetry, ILogger<CancelCheckoutTool> logger)
    : CheckoutTool<CancelCheckoutInput, CancelCheckoutOutput>(
        "cancel_checkout",
        "Cancel a checkout",
        "Expires an open checkout that you started, so that its payment page takes no payment any more. Use it when the buyer has changed their mind, or "
        + "before you start a corrected checkout. One that has expired already says so; one that the buyer has finished is refused with code already_completed.",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    protected override Task<CancelCheckoutOutput> RunAsync(
        CancelCheckoutInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutCancellation>().RunAsync(input.SessionId, call.Caller, cancellationToken);
}

/// <summary>Arguments of <c>cancel_checkout</c>.</summary>
internal sealed record CancelCheckoutInput
{
    [Description("Id of the Checkout Session, as initiate_checkout answered it (cs_…).")]
    [RegularExpression(Sessions.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }
}

/// <summary>Result of <c>cancel_checkout</c>.</summary>
internal sealed record CancelCheckoutOutput
{
    [Description("Id of the Stripe Checkout Session.")]
    public required string SessionId { get; init; }

    [Description("Stripe's session status: the session takes no payment any more.")]
    [AllowedValues("expired")]
    public required string Status { get; init; }

    [Description("State of the order. It becomes expired a moment later, when Stripe's event arrives; unrecorded means that the seller's ledger has not seen this session.")]
    [AllowedValues("unrecorded", "created", "expired")]
    public required string OrderState { get; init; }

    [Description("The seller's reference of the order.")]
    public string? OrderRef { get; init; }

    [Description("True when the session had expired before this call.")]
    public required bool AlreadyExpired { get; init; }
}
