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
        "Returns the state of a checkout: whether the buyer has paid, the state and every step of the order, and whether it is fulfilled. "
        + "An open, unpaid session is still waiting for the buyer. Call again later instead of starting another checkout.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true },
        telemetry,
        logger)
{
    protected override Task<CheckoutDetails> RunAsync(
        GetCheckoutInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutLookup>().GetAsync(input.SessionId, call.Caller, cancellationToken);
}
