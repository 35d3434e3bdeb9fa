using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Refunds a paid checkout. The tool exists only if the operator switches it on.</summary>
internal sealed class RefundCheckoutTool(McpApiTelemetry telemetry, ILogger<RefundCheckoutTool> logger)
    : CheckoutTool<RefundCheckoutInput, RefundedCheckout>(
        "refund_checkout",
        "Refund a checkout",
        "Refunds one of your paid checkouts, whole or in part, within the seller's limits. The money goes back the way the buyer paid; a refund cannot be undone. "
        + "Ask the buyer or the seller first.",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    protected override Task<RefundedCheckout> RunAsync(RefundCheckoutInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutRefunds>().RunAsync(input.SessionId, input.Amount, input.Reason, input.IdempotencyKey, call.Caller);
}

/// <summary>Arguments of <c>refund_checkout</c>.</summary>
internal sealed record RefundCheckoutInput
{
    [Description("From initiate_checkout (cs_…).")]
    [RegularExpression(Values.SessionId.Pattern)]
    [Expect("the id of a Checkout Session, which starts with cs_test_ or cs_live_")]
    public required string SessionId { get; init; }

    [Description("In the currency's smallest unit; all that is left by default.")]
    [Range(1, Values.Currency.MaximumAmount)]
    [Expect("a whole number of the currency's smallest unit from 1 to 99999999")]
    public long? Amount { get; init; }

    [AllowedValues(RefundReason.Duplicate, RefundReason.Fraudulent, RefundReason.RequestedByCustomer)]
    public string? Reason { get; init; }

    [Description("Your unique key of this refund: a repeated call with it returns the same refund.")]
    [StringLength(255, MinimumLength = 1)]
    [Reference]
    public required string IdempotencyKey { get; init; }
}
