using System.ComponentModel;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A page of a caller's checkouts. Result of <c>list_checkouts</c>.</summary>
internal sealed record CheckoutPage
{
    public required IReadOnlyList<CheckoutSummary> Checkouts { get; init; }

    [Description("cursor of the next page; absent after the last.")]
    public string? NextCursor { get; init; }
}

/// <summary>A checkout in a list. Its status is the ledger's; only <c>get_checkout</c> asks Stripe.</summary>
internal sealed record CheckoutSummary : CheckoutState
{
    [OrderStates]
    public required string OrderState { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? ProductName { get; init; }

    public CheckoutSubscription? Subscription { get; init; }

    public string? ClientReferenceId { get; init; }

    public string? BuyerRef { get; init; }

    public IReadOnlyList<string>? CallerText { get; init; }
}
