using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CheckoutAspire.McpApi.Sessions;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Lists the caller's own checkouts.</summary>
internal sealed class ListCheckoutsTool(McpApiTelemetry telemetry, ILogger<ListCheckoutsTool> logger)
    : CheckoutTool<ListCheckoutsInput, ListCheckoutsOutput>(
        "list_checkouts",
        "List your checkouts",
        "Lists the checkouts that you started, newest first, as the seller's ledger has them; nobody else's are shown. Filter by order_state to find, for "
        + "example, those that still wait for their buyer (created). A page may hold fewer than limit: there is more as long as next_cursor is given.",
        new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
        telemetry,
        logger)
{
    private const int DefaultLimit = 20;

    protected override Task<ListCheckoutsOutput> RunAsync(
        ListCheckoutsInput input, ToolCall call, CancellationToken cancellationToken) =>
        call.Service<CheckoutHistory>().ListAsync(call.Caller, input.OrderState, input.Limit ?? DefaultLimit, input.Cursor);
}

/// <summary>Arguments of <c>list_checkouts</c>.</summary>
internal sealed record ListCheckoutsInput
{
    [Description("Only checkouts whose order is in this state.")]
    [AllowedValues("created", "awaiting_payment", "claimed", "fulfilled", "failed", "expired", "needs_review")]
    public string? OrderState { get; init; }

    [Description("At most this many checkouts in one page.")]
    [Range(1, 100)]
    [DefaultValue(20)]
    [Expect("a whole number from 1 to 100")]
    public int? Limit { get; init; }

    [Description("next_cursor of the page before; leave it out for the first page.")]
    [StringLength(1000)]
    public string? Cursor { get; init; }
}

/// <summary>Result of <c>list_checkouts</c>.</summary>
internal sealed record ListCheckoutsOutput
{
    [Description("The page's checkouts, newest first.")]
    public required IReadOnlyList<CheckoutSummary> Checkouts { get; init; }

    [Description("Pass it as cursor for the next page; absent after the last.")]
    public string? NextCursor { get; init; }
}

/// <summary>A checkout in a list.</summary>
internal sealed record CheckoutSummary
{
    public required string SessionId { get; init; }

    [Description("State of the order; only fulfilled means that the goods are on their way.")]
    [AllowedValues("created", "awaiting_payment", "claimed", "fulfilled", "failed", "expired", "needs_review")]
    public required string OrderState { get; init; }

    [Description("Stripe's session status as far as the ledger knows; get_checkout asks Stripe.")]
    [AllowedValues("open", "complete", "expired")]
    public required string Status { get; init; }

    [AllowedValues("unpaid", "paid", "no_payment_required")]
    public required string PaymentStatus { get; init; }

    [Description("What the buyer pays or paid, in the currency's smallest unit.")]
    public required long AmountTotal { get; init; }

    [Description("Lower case ISO 4217 code.")]
    public required string Currency { get; init; }

    [Description("Whether real money moves.")]
    public required bool Livemode { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    [Description("Stripe's payment page, while the session is open.")]
    public string? CheckoutUrl { get; init; }

    public string? ProductName { get; init; }

    [Description("The seller's reference of the order.")]
    public required string OrderRef { get; init; }

    [Description("The caller's own reference of the order.")]
    public string? ClientReferenceId { get; init; }
}
