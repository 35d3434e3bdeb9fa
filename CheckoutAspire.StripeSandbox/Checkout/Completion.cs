using CheckoutAspire.StripeSandbox.Billing;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Completes sessions.</summary>
internal static class Completion
{
    public static SandboxEvent Complete(Transaction transaction, Session session, Buyer buyer, string paymentStatus)
    {
        Answers.Record(session, buyer);
        session.PaymentStatus = paymentStatus;
        session.Status = "complete";
        session.Url = null;
        Discounts.Redeem(transaction, session);
        Invoice(transaction, session);
        return transaction.Emit("checkout.session.completed", transaction.Save(session));
    }

    /// <summary>Creates the invoice of a payment that has succeeded, if the session asks for one.</summary>
    public static void Invoice(Transaction transaction, Session session)
    {
        if (session.InvoiceCreation?.Enabled == true && session.PaymentStatus != "unpaid")
        {
            PaymentInvoice.Create(transaction, session, transaction.Get<CheckoutTerms>(session.Id).LineItems);
        }
    }

    /// <summary>Completes a session with nothing to pay, which needs no payment method.</summary>
    public static PayResult CompleteFree(Transaction transaction, Session session, Buyer buyer)
    {
        CustomerOf(transaction, session, buyer, method: null);
        SubscriptionFlow.Start(transaction, session, method: null, intent: null);
        SubscriptionFlow.Paid(transaction, session);
        return new PayResult.Completed(Complete(transaction, session, buyer, "no_payment_required"));
    }

    /// <summary>The session's customer, created now if the session requires one; null for a guest.</summary>
    public static string? CustomerOf(Transaction transaction, Session session, Buyer buyer, PaymentMethod? method)
    {
        if (session.CustomerId is null && session.CustomerCreation == "always")
        {
            var customer = CustomerEndpoints.New(transaction, buyer.Email, buyer.Name, PaymentMethods.AddressOf(buyer));
            customer.Phone = session.PhoneNumberCollection.Enabled ? buyer.Phone : null;
            customer.Shipping = Answers.ShippingOf(session, buyer);
            transaction.Save(customer);
            session.CustomerId = customer.Id;
            transaction.Emit("customer.created", customer);
        }

        // A card that is used for a single payment is not attached to a customer.
        var isKept = session.Mode != "payment" || transaction.Get<CheckoutTerms>(session.Id).PaymentIntent.SetupFutureUsage is not null;
        if (session.CustomerId is not null && isKept && method is not null)
        {
            method.CustomerId = session.CustomerId;
            transaction.Emit("payment_method.attached", transaction.Save(method));
        }

        return session.CustomerId;
    }
}
