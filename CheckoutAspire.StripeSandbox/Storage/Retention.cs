using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>What the sandbox does not just forget.</summary>
internal static class Retention
{
    /// <summary>More than a shop has for sale; a load test's products are not kept for ever.</summary>
    private const int KeptCatalog = 10_000;

    /// <summary>A session is never remembered without what it was made with and what was begun to pay it.</summary>
    public static void KeepTogether(Transaction transaction, Session session)
    {
        var terms = transaction.Keep<CheckoutTerms>(session.Id);
        var intent = transaction.Keep<PaymentIntent>(terms?.PaymentIntentId);
        transaction.Keep<Charge>(intent?.LatestChargeId);
        transaction.Keep<SetupIntent>(session.SetupIntentId);
        var pending = transaction.Keep<PendingPayment>(session.Id);
        transaction.Keep<PaymentMethod>(pending?.PaymentMethodId);
    }

    /// <summary>Brings forward what is still due, so that its events are not lost; keeps endpoints and the catalog by saving them again.</summary>
    public static void BeforeForgetting(Transaction transaction, IHasId entity, int ofItsKind)
    {
        switch (entity)
        {
            case Session { Status: "open" } session:
                SessionExpiry.Expire(transaction, session);
                break;
            case PendingPayment { SettlesAt: not null } pending:
                DebitFlow.Settle(transaction, pending, pending.DeclineCode);
                break;
            case StoredEndpoint endpoint:
                transaction.Save(endpoint);
                break;
            case Coupon { Valid: true } coupon when ofItsKind <= KeptCatalog:
                transaction.Save(coupon);
                break;
            case PromotionCode { Active: true } code when ofItsKind <= KeptCatalog:
                transaction.Save(code);
                break;
            case Product { Active: true } product when ofItsKind <= KeptCatalog:
                transaction.Save(product);
                break;
            case Price { Active: true } price when ofItsKind <= KeptCatalog:
                transaction.Save(price);
                break;
        }
    }
}
