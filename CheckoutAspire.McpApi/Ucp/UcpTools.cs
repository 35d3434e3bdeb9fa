using CheckoutAspire.McpApi.Access;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The tools at <c>/ucp/mcp</c>, named and shaped by <see href="https://ucp.dev/2026-04-08/services/shopping/mcp.openrpc.json">the protocol's OpenRPC</see>.</summary>
internal static class UcpTools
{
    private static readonly ToolAnnotations s_reads = new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false };

    public static McpServerPrimitiveCollection<McpServerTool> All() =>
    [
        new UcpTool(
            Describe(
                "create_checkout",
                "Create a checkout",
                "Creates a checkout of products from the seller's catalog. Pass item.id and quantity of each line; titles and prices are the seller's. "
                + "Returns the whole checkout. When status is ready_for_complete, call complete_checkout.",
                UcpSchema.Create,
                UcpSchema.Checkout,
                new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = false }),
            keyRequired: false,
            (call, arguments, cancellationToken) => call.Service<UcpCheckouts>().CreateAsync(call.Caller, arguments.Checkout(), cancellationToken)),
        new UcpTool(
            Describe(
                "get_checkout",
                "Look up a checkout",
                "Returns a checkout with its current status. After you have shown continue_url to the buyer, call again until status is completed, with the order's id, or canceled.",
                UcpSchema.ById,
                UcpSchema.Checkout,
                s_reads),
            keyRequired: false,
            (call, arguments, _) => call.Service<UcpCheckouts>().GetAsync(call.Caller, arguments.Id())),
        new UcpTool(
            Describe(
                "update_checkout",
                "Change a checkout",
                "Replaces all lines and the buyer of a checkout. Possible until complete_checkout has handed it to the buyer.",
                UcpSchema.Update,
                UcpSchema.Checkout,
                new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false }),
            keyRequired: false,
            (call, arguments, cancellationToken) =>
                call.Service<UcpCheckouts>().UpdateAsync(call.Caller, arguments.Id(), arguments.Checkout(), MayCancel(call), cancellationToken)),
        new UcpTool(
            Describe(
                "complete_checkout",
                "Hand a checkout to the buyer",
                "Creates the payment page and returns requires_escalation with continue_url. Show it to the buyer as a link, where the buyer pays. Never ask for card data. "
                + "Then follow the checkout with get_checkout. Repeated calls create one page.",
                UcpSchema.Complete,
                UcpSchema.Checkout,
                new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = true }),
            keyRequired: true,
            (call, arguments, cancellationToken) =>
            {
                arguments.CheckoutObject();
                return call.Service<UcpCheckouts>().CompleteAsync(call.Caller, arguments.Id(), cancellationToken);
            }),
        new UcpTool(
            Describe(
                "cancel_checkout",
                "Cancel a checkout",
                "Cancels an unpaid checkout and closes its payment page, if it has one. Canceling again changes nothing.",
                UcpSchema.ByIdWithKey,
                UcpSchema.Checkout,
                new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = true }),
            keyRequired: true,
            (call, arguments, _) => call.Service<UcpCheckouts>().CancelAsync(call.Caller, arguments.Id())),
        new UcpTool(
            Describe(
                "get_order",
                "Look up an order",
                "Returns the order of a paid checkout with its fulfillment and refunds. The id is the order.id of the completed checkout.",
                UcpSchema.ById,
                UcpSchema.Order,
                s_reads),
            keyRequired: false,
            async (call, arguments, _) => await call.Service<OrderSnapshots>().FindAsync(call.Caller, arguments.Id()) is { } order
                ? UcpResponse.Of(order)
                : UcpResponse.Of(UcpVersion.Failure(
                    UcpVersion.OrderCapability, UcpMessage.Error("not_found", UcpSeverity.Unrecoverable, "There is no order with this id.", "$.id")))),
    ];

    private static bool MayCancel(ToolCall call) =>
        Caller.HasScope(call.Request.User, CheckoutScope.Cancel, call.Service<IOptions<AccessOptions>>().Value);

    private static Tool Describe(
        string name, string title, string description, System.Text.Json.JsonElement input, System.Text.Json.JsonElement output, ToolAnnotations annotations) => new()
        {
            Name = name,
            Title = title,
            Description = description,
            InputSchema = input,
            OutputSchema = output,
            Annotations = new ToolAnnotations
            {
                Title = title,
                ReadOnlyHint = annotations.ReadOnlyHint,
                DestructiveHint = annotations.DestructiveHint,
                IdempotentHint = annotations.IdempotentHint,
                OpenWorldHint = annotations.OpenWorldHint,
            },
        };
}
