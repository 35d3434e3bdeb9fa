using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Pays a session by bank debit: the session is complete and unpaid at once, and the debit settles or fails later.</summary>
internal static class DebitFlow
{
    public static PayResult Pay(
        Transaction transaction, Session session, DebitAccount account, Buyer buyer, TimeSpan settlementDelay) => Pay(
        transaction,
        session,
        PaymentMethods.BankDebit(transaction, account, buyer),
        account.FailureCode,
        buyer,
        settlementDelay);

    public static PayResult Pay(
        Transaction transaction, Session session, PaymentMethod method, string? declineCode, Buyer buyer, TimeSpan settlementDelay)
    {
        var intent = PaymentIntents.For(transaction, session);
        intent.CustomerId = Completion.CustomerOf(transaction, session, buyer, method);
        intent.PaymentMethodId = method.Id;
        intent.Shipping = Answers.ShippingOf(session, buyer) ?? intent.Shipping;
        intent.Status = "processing";
        var charge = PaymentIntents.NewCharge(transaction, intent, method, "pending");
        transaction.Save(new PendingPayment
        {
            Id = session.Id,
            PaymentMethodId = method.Id,
            Buyer = buyer,
            DeclineCode = declineCode,
            SettlesAt = transaction.Now + settlementDelay,
        });
        transaction.Emit("payment_intent.processing", transaction.Save(intent));
        transaction.Emit("charge.pending", transaction.Save(charge));
        return new PayResult.Completed(Completion.Complete(transaction, session, buyer, "unpaid"));
    }

    /// <summary>Records the bank's answer.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="pending">The debit.</param>
    /// <param name="failureCode">Why the debit failed; null if it was paid.</param>
    public static void Settle(Transaction transaction, PendingPayment pending, string? failureCode)
    {
        pending.SettlesAt = null;
        transaction.Save(pending);
        if (!transaction.TryFind<Session>(pending.Id, out var session))
        {
            return;
        }

        var intent = PaymentIntents.For(transaction, session);
        var charge = transaction.Get<Charge>(intent.LatestChargeId);
        if (failureCode is null)
        {
            PaymentIntents.Succeed(transaction, intent, charge);
            session.PaymentStatus = "paid";
            Completion.Invoice(transaction, session);
            transaction.Emit("checkout.session.async_payment_succeeded", transaction.Save(session));
            return;
        }

        var message = DebitFailure.MessageOf(failureCode);
        charge.Status = "failed";
        charge.FailureCode = failureCode;
        charge.FailureMessage = message;
        charge.Outcome = new ChargeOutcome
        {
            NetworkStatus = "declined_by_network",
            Reason = failureCode,
            SellerMessage = message,
            Type = "issuer_declined",
        };
        transaction.Emit("charge.failed", transaction.Save(charge));
        PaymentIntents.RequirePaymentMethod(
            transaction,
            intent,
            new StripeError
            {
                Charge = charge.Id,
                Code = "payment_intent_payment_attempt_failed",
                DocUrl = "https://stripe.com/docs/error-codes/payment-intent-payment-attempt-failed",
                Message = message,
                PaymentMethod = transaction.Get<PaymentMethod>(pending.PaymentMethodId),
                Type = "card_error",
            });
        transaction.Emit("checkout.session.async_payment_failed", transaction.Save(session));
    }
}
