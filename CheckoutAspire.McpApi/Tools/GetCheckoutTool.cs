using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Tells where a checkout stands.</summary>
internal sealed class GetCheckoutTool(McpApiTelemetry telemetry, ILogger<GetCheckoutTool> logger)
    : CheckoutTool<GetCheckoutInput, CheckoutDetails>(
        "get_checkout",
        "Look up a checkout",
        "Tells where a checkout stands: whether the buyer has paid, the state of the order and every step of it, and whether it is fulfilled. "
        + "A session that is open and unpaid is still waiting for the buyer; ask again later instead of starting another checkout.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    protected override Task<CheckoutDetails> RunAsync(
        GetCheckoutInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutLookup>().RunAsync(input.SessionId, call.Caller, cancellationToken);
}
