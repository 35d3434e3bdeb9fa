using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Stripe's session status as the ledger can derive it.</summary>
internal static class SessionStatus
{
    public const string Open = "open";
    public const string Complete = "complete";
    public const string Expired = "expired";

    /// <summary>The status that follows from an order.</summary>
    public static string Of(Order order, DateTimeOffset now) => order.State switch
    {
        OrderState.Created when order.ExpiresAt <= now || order.ReplacedBy is not null => Expired,
        OrderState.Created => Open,
        OrderState.Expired => Expired,
        _ => Complete,
    };

    /// <summary>Whether only an operator or a late event can still change the order.</summary>
    public static bool IsSettled(Order order) => order.State is OrderState.Fulfilled or OrderState.Failed or OrderState.Expired;
}
