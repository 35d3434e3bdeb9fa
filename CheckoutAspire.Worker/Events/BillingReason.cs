namespace CheckoutAspire.Worker.Events;

/// <summary>Why Stripe made an invoice (<c>billing_reason</c>).</summary>
internal static class BillingReason
{
    /// <summary>The first payment of a subscription, which belongs to the session that began it.</summary>
    public const string Create = "subscription_create";

    /// <summary>A renewal.</summary>
    public const string Cycle = "subscription_cycle";

    /// <summary>
    /// Whether the invoice is for a subscription, and for neither its first nor another period: a change of the plan, or usage. An invoice that the seller made
    /// (<c>manual</c>) is the seller's own business.
    /// </summary>
    public static bool IsChange(string? reason) => reason is "subscription_update" or "subscription_threshold" or "subscription";
}
