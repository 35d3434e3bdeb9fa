using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>Ends subscriptions.</summary>
internal static class Cancellation
{
    public const string Requested = "cancellation_requested";

    public static bool HasEnded(Subscription subscription) => subscription.Status is "canceled" or "incomplete_expired";

    /// <summary>Ends a subscription now.</summary>
    public static void End(Transaction transaction, Subscription subscription)
    {
        subscription.CancellationDetails.Reason ??= subscription.Status == "past_due" ? "payment_failed" : Requested;
        subscription.CanceledAt ??= transaction.Now;
        subscription.EndedAt = transaction.Now;
        subscription.Status = "canceled";
        transaction.Emit("customer.subscription.deleted", transaction.Save(subscription));
    }
}
