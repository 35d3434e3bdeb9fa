namespace CheckoutAspire.Orders.Ledger;

/// <summary>A verified fact about the subscription that a session began.</summary>
/// <param name="State">The state, and when it was so.</param>
/// <param name="Reason">Stripe's code for why it ended, for example <c>payment_failed</c>, or empty.</param>
/// <param name="ReadFromStripe">Whether it was read from Stripe's API, and is therefore the present state.</param>
public sealed record SubscriptionFact(SubscriptionState State, string Reason = "", bool ReadFromStripe = false);
