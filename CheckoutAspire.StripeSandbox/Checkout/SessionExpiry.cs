using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Expires open sessions.</summary>
internal static class SessionExpiry
{
    public static void Expire(Transaction transaction, Session session)
    {
        session.Status = "expired";
        session.Url = null;
        transaction.Save(session);
        if (transaction.TryFind<PaymentIntent>(transaction.Get<CheckoutTerms>(session.Id).PaymentIntentId, out var intent))
        {
            // An unfinished payment is canceled with its session.
            PaymentIntents.Cancel(transaction, intent);
        }

        transaction.Emit("checkout.session.expired", session);
    }
}
