using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>Charges for the invoices of renewed subscriptions.</summary>
internal static class InvoiceCollection
{
    /// <summary>Charges the subscription's payment method for a new invoice.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="subscription">The subscription.</param>
    /// <param name="invoice">Its open invoice.</param>
    /// <param name="decline">Why the bank declines; null if it pays.</param>
    public static void Charge(Transaction transaction, Subscription subscription, Invoice invoice, Decline? decline)
    {
        if (invoice.AmountDue == 0)
        {
            Invoices.Pay(transaction, invoice);
            return;
        }

        var intent = PaymentIntentEndpoints.New(transaction, invoice.AmountDue, invoice.Currency, null);
        intent.CustomerId = subscription.CustomerId;
        intent.Description = "Subscription update";
        intent.SetupFutureUsage = "off_session";
        transaction.Emit("payment_intent.created", intent);
        InvoicePayments.Open(transaction, invoice, intent);
        if (transaction.TryFind<PaymentMethod>(subscription.DefaultPaymentMethodId, out var method))
        {
            Charge(transaction, invoice, intent, method, decline);
        }
        else
        {
            // A subscription that was free at first has no payment method.
            Fail(transaction, invoice);
        }
    }

    /// <summary>Charges for an open invoice again, with another payment method if one is given.</summary>
    /// <returns>Why it failed; null if the invoice is now paid.</returns>
    public static StripeException? Retry(Transaction transaction, Invoice invoice, PaymentMethod? other)
    {
        var subscription = transaction.Get<Subscription>(invoice.Parent.SubscriptionDetails.SubscriptionId);
        var payment = InvoicePayments.Of(transaction, invoice.Id).First(payment => payment.Status == "open");
        var intent = transaction.Get<PaymentIntent>(payment.Payment.PaymentIntentId);
        var method = other ?? (transaction.TryFind<PaymentMethod>(subscription.DefaultPaymentMethodId, out var found) ? found : null);
        if (method is null)
        {
            return Api.ApiErrors.Invalid("There is no `default_payment_method` set on this Customer or Invoice. Please set one.");
        }

        var decline = Decline.Find(PaymentMethodEndpoints.BehaviorOf(transaction, method).DeclineCode);
        Charge(transaction, invoice, intent, method, decline);
        if (decline is not null)
        {
            return PaymentIntentEndpoints.Declined(intent.LastPaymentError, intent);
        }

        if (subscription is { Status: "past_due" } && subscription.LatestInvoiceId == invoice.Id)
        {
            var previous = new { status = subscription.Status };
            subscription.Status = "active";
            transaction.Emit("customer.subscription.updated", transaction.Save(subscription), previous);
        }

        return null;
    }

    private static void Charge(Transaction transaction, Invoice invoice, PaymentIntent intent, PaymentMethod method, Decline? decline)
    {
        var charge = PaymentIntents.NewCharge(transaction, intent, method, decline is null ? "succeeded" : "failed");
        if (decline is null)
        {
            PaymentIntents.Succeed(transaction, intent, charge);
            Invoices.Pay(transaction, invoice);
            return;
        }

        PaymentIntents.Fail(transaction, intent, charge, method, decline);
        Fail(transaction, invoice);
    }

    private static void Fail(Transaction transaction, Invoice invoice)
    {
        var previous = new { attempt_count = invoice.AttemptCount, attempted = invoice.Attempted };
        invoice.Attempted = true;
        invoice.AttemptCount++;
        transaction.Emit("invoice.updated", transaction.Save(invoice), previous);
        transaction.Emit("invoice.payment_failed", invoice);
    }
}
