using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Keeps the catalog and the objects that sessions depend on, and completes scheduled work before an object is dropped.</summary>
internal sealed class Retention : IRetention
{
    /// <summary>More than a shop sells; keeps a load test's products from accumulating.</summary>
    private const int KeptCatalog = 10_000;

    /// <summary>Saves a session's terms and its payment whenever the session is saved.</summary>
    public void KeepDependencies(Transaction transaction, IHasId saved)
    {
        if (saved is not Session session)
        {
            return;
        }

        var terms = transaction.Keep<CheckoutTerms>(session.Id);
        var intent = transaction.Keep<PaymentIntent>(terms?.PaymentIntentId);
        transaction.Keep<Charge>(intent?.LatestChargeId);
        transaction.Keep<SetupIntent>(session.SetupIntentId);
        var pending = transaction.Keep<PendingPayment>(session.Id);
        transaction.Keep<PaymentMethod>(pending?.PaymentMethodId);
        transaction.Keep<MethodBehavior>(pending?.PaymentMethodId);
        foreach (var option in session.ShippingOptions ?? [])
        {
            transaction.Keep<ShippingRate>(option.ShippingRateId);
        }
    }

    /// <summary>Expires sessions and settles debits early, so that their events are not lost; keeps endpoints and the catalog.</summary>
    public void BeforeDropping(Transaction transaction, IHasId entity, int count)
    {
        switch (entity)
        {
            case Session { Status: "open" } session:
                SessionExpiry.Expire(transaction, session);
                break;
            case PendingPayment { SettlesAt: not null } pending:
                DebitFlow.Settle(transaction, pending, pending.DeclineCode);
                break;
            case ScheduledReturn { DueAt: not null } scheduled:
                ReturnSchedule.Run(transaction, scheduled);
                break;
            case StoredEndpoint endpoint:
                transaction.Save(endpoint);
                break;
            case Coupon { Valid: true } coupon when count <= KeptCatalog:
                transaction.Save(coupon);
                break;
            case PromotionCode { Active: true } code when count <= KeptCatalog:
                transaction.Save(code);
                break;
            case ShippingRate { Active: true } rate when count <= KeptCatalog:
                transaction.Save(rate);
                break;
            case Product { Active: true } product when count <= KeptCatalog:
                transaction.Save(product);
                break;
            case Price { Active: true } price when count <= KeptCatalog:
                transaction.Save(price);
                break;
        }
    }
}
