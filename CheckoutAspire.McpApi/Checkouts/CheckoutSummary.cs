using System.ComponentModel;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A page of a caller's checkouts. Result of <c>list_checkouts</c>.</summary>
internal sealed record CheckoutPage
{
    [Description("The page's checkouts, newest first.")]
    public required IReadOnlyList<CheckoutSummary> Checkouts { get; init; }

    [Description("Pass it as cursor for the next page; absent after the last page.")]
    public string? NextCursor { get; init; }
}

/// <summary>A checkout in a list. Its status is the ledger's; only <c>get_checkout</c> asks Stripe.</summary>
internal sealed record CheckoutSummary : CheckoutState
{
    [Description("State of the order; only fulfilled means that the goods are on their way.")]
    [OrderStates]
    public required string OrderState { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? ProductName { get; init; }

    [Description("The caller's own reference of the order.")]
    public string? ClientReferenceId { get; init; }
}
