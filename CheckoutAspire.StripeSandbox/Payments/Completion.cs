using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>The end of a session that the buyer went through.</summary>
internal static class Completion
{
    public static SandboxEvent Complete(Transaction transaction, Session session, Buyer buyer, string paymentStatus)
    {
        session.CollectedInformation = new SessionCollectedInformation();
        session.CustomerDetails = new SessionCustomerDetails
        {
            Address = PaymentMethods.AddressOf(buyer),
            Email = buyer.Email,
            Name = buyer.Name,
            TaxExempt = "none",
            TaxIds = [],
        };
        session.PaymentStatus = paymentStatus;
        session.Status = "complete";
        session.Url = null;
        Discounts.Redeem(transaction, session);
        return transaction.Emit("checkout.session.completed", transaction.Save(session));
    }

    /// <summary>Nothing is due: no method is asked for.</summary>
    public static PayResult CompleteFree(Transaction transaction, Session session, Buyer buyer)
    {
        CustomerOf(transaction, session, buyer, method: null);
        SubscriptionFlow.Start(transaction, session, method: null);
        SubscriptionFlow.Paid(transaction, session);
        return new PayResult.Completed(Complete(transaction, session, buyer, "no_payment_required"));
    }

    /// <summary>The session's customer, made now if the session asks for one; null for a guest.</summary>
    public static string? CustomerOf(Transaction transaction, Session session, Buyer buyer, PaymentMethod? method)
    {
        if (session.CustomerId is null && session.CustomerCreation == "always")
        {
            var customer = transaction.Save(
                CustomerEndpoints.New(transaction, buyer.Email, buyer.Name, PaymentMethods.AddressOf(buyer)));
            session.CustomerId = customer.Id;
            transaction.Emit("customer.created", customer);
        }

        // A card that is only paid with once stays nobody's.
        var isKept = session.Mode != "payment" || transaction.Get<CheckoutTerms>(session.Id).PaymentIntent.SetupFutureUsage is not null;
        if (session.CustomerId is not null && isKept && method is not null)
        {
            method.CustomerId = session.CustomerId;
            transaction.Emit("payment_method.attached", transaction.Save(method));
        }

        return session.CustomerId;
    }
}
