using System.Globalization;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>The state of the subscription that an order began, as last reported.</summary>
/// <param name="Status">Stripe's status, for example <c>past_due</c>.</param>
/// <param name="EndsWithPeriod">Whether it will end with its present period.</param>
/// <param name="AsOf">When it had this state.</param>
public sealed record SubscriptionState(string Status, bool EndsWithPeriod, DateTimeOffset AsOf)
{
    /// <summary>Whether the subscription has ended. It never leaves these statuses.</summary>
    public bool HasEnded => Status is "canceled" or "incomplete_expired";

    /// <summary>Reads the field that <c>record_subscription.lua</c> wrote: <c>1763884800 past_due 0</c>.</summary>
    internal static SubscriptionState? Read(string stored) =>
        stored.Split(' ') is [var asOf, var status, var ending] && long.TryParse(asOf, CultureInfo.InvariantCulture, out var seconds)
            ? new SubscriptionState(status, ending == "1", DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;
}
