using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Lists the caller's own checkouts.</summary>
internal sealed class ListCheckoutsTool(McpApiTelemetry telemetry, ILogger<ListCheckoutsTool> logger)
    : CheckoutTool<ListCheckoutsInput, CheckoutPage>(
        "list_checkouts",
        "List your checkouts",
        "Lists the checkouts that you started, newest first. More follow while next_cursor is present, even after a short page.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
        telemetry,
        logger)
{
    private const int DefaultLimit = 20;

    protected override Task<CheckoutPage> RunAsync(
        ListCheckoutsInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutHistory>().ListAsync(call.Caller, input.OrderState, input.BuyerRef, input.Limit ?? DefaultLimit, input.Cursor);
}

/// <summary>Arguments of <c>list_checkouts</c>.</summary>
internal sealed record ListCheckoutsInput
{
    [Description("Only orders in this state; created waits for the buyer.")]
    [OrderStates]
    public string? OrderState { get; init; }

    [Description("Only sales with this buyer_ref.")]
    [StringLength(200)]
    [Reference]
    public string? BuyerRef { get; init; }

    [Description("At most this many; 20 by default.")]
    [Range(1, 100)]
    [Expect("a whole number from 1 to 100")]
    public int? Limit { get; init; }

    [Description("next_cursor of the page before.")]
    [StringLength(1000)]
    public string? Cursor { get; init; }
}
