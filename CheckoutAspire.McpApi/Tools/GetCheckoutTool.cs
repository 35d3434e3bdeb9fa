using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Looks up a checkout.</summary>
internal sealed class GetCheckoutTool(McpApiTelemetry telemetry, ILogger<GetCheckoutTool> logger)
    : CheckoutTool<GetCheckoutInput, CheckoutDetails>(
        "get_checkout",
        "Look up a checkout",
        "Returns a checkout: payment, state and steps of the order, lines. To follow one, call wait_for_payment instead of repeating this call.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    protected override Task<CheckoutDetails> RunAsync(
        GetCheckoutInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutLookup>().GetAsync(input.SessionId, call.Caller, cancellationToken);
}
