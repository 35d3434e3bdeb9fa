using CheckoutAspire.Orders.Ledger;


namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>Stripe's session status, as far as the ledger proves it.</summary>
internal static class SessionStatus
{
    public const string Open = "open";
    public const string Complete = "complete";
    public const string Expired = "expired";

    /// <summary>The status that an order implies.</summary>
    public static string Of(Order order, DateTimeOffset now) => order.State switch
    {
        OrderState.Created when order.ExpiresAt <= now => Expired,
        OrderState.Created => Open,
        OrderState.Expired => Expired,
        _ => Complete,
    };

    /// <summary>Whether only a person or a late proof can still change the order.</summary>
    public static bool IsSettled(Order order) => order.State is OrderState.Fulfilled or OrderState.Failed or OrderState.Expired;
}
