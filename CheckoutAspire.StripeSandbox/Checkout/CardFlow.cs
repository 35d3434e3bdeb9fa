using CheckoutAspire.StripeSandbox.Billing;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Pays a session with a card.</summary>
internal static class CardFlow
{
    private const string NotAuthenticated =
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

    public static PayResult Pay(Transaction transaction, Session session, CardDetails card, Buyer buyer) => Pay(
        transaction,
        session,
        PaymentMethods.Card(transaction, card, buyer),
        card.Behavior.Decline?.DeclineCode,
        card.Behavior.RequiresAuthentication,
        buyer);

    public static PayResult Pay(
        Transaction transaction, Session session, PaymentMethod method, string? declineCode, bool requiresAuthentication, Buyer buyer)
    {
        var pending = new PendingPayment
        {
            Id = session.Id,
            PaymentMethodId = method.Id,
            Buyer = buyer,
            DeclineCode = declineCode,
            AwaitsAuthentication = requiresAuthentication,
        };
        transaction.Save(pending);
        if (session.Mode == "setup")
        {
            return SetupFlow.Confirm(transaction, session, pending, method);
        }

        var intent = PaymentIntents.For(transaction, session);
        if (!pending.AwaitsAuthentication)
        {
            return Charge(transaction, session, pending, authenticated: false);
        }

        intent.NextAction = new PaymentIntentNextAction { Type = "use_stripe_sdk" };
        intent.PaymentMethodId = method.Id;
        intent.Status = "requires_action";
        transaction.Emit("payment_intent.requires_action", transaction.Save(intent));
        return new PayResult.NeedsAuthentication();
    }

    /// <summary>Continues after the buyer has completed or failed 3D Secure authentication.</summary>
    public static PayResult Authenticate(Transaction transaction, Session session, PendingPayment pending, bool authenticated)
    {
        pending.AwaitsAuthentication = false;
        transaction.Save(pending);
        if (session.Mode == "setup")
        {
            return SetupFlow.Authenticate(transaction, session, pending, authenticated);
        }

        if (authenticated)
        {
            return Charge(transaction, session, pending, authenticated: true);
        }

        PaymentIntents.RequirePaymentMethod(transaction, PaymentIntents.For(transaction, session), AuthenticationError(transaction, pending));
        return new PayResult.Declined(new PageError(NotAuthenticated));
    }

    /// <summary>The error of an intent whose authentication failed.</summary>
    public static StripeError AuthenticationError(Transaction transaction, PendingPayment pending) => new()
    {
        Code = "payment_intent_authentication_failure",
        DocUrl = "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        Message = "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to "
            + "attempt to fulfill this PaymentIntent again.",
        PaymentMethod = transaction.Get<PaymentMethod>(pending.PaymentMethodId),
        Type = "invalid_request_error",
    };

    public static PayResult DeclineUnauthenticated() => new PayResult.Declined(new PageError(NotAuthenticated));

    private static PayResult Charge(Transaction transaction, Session session, PendingPayment pending, bool authenticated)
    {
        var intent = PaymentIntents.For(transaction, session);
        var method = transaction.Get<PaymentMethod>(pending.PaymentMethodId);
        if (Decline.Find(pending.DeclineCode) is { } decline)
        {
            var failed = PaymentIntents.NewCharge(transaction, intent, method, "failed", authenticated);
            PaymentIntents.Fail(transaction, intent, failed, method, decline);
            var field = decline.Code switch
            {
                "incorrect_cvc" => "cardCvc",
                "expired_card" => "cardExpiry",
                _ => "cardNumber",
            };
            return new PayResult.Declined(new PageError(decline.PageMessage, field));
        }

        var customer = Completion.CustomerOf(transaction, session, pending.Buyer, method);
        intent.CustomerId = customer;
        intent.Shipping = Answers.ShippingOf(session, pending.Buyer) ?? intent.Shipping;
        SubscriptionFlow.Start(transaction, session, method, intent);
        var charge = PaymentIntents.NewCharge(transaction, intent, method, "succeeded", authenticated);
        PaymentIntents.Succeed(transaction, intent, charge);
        SubscriptionFlow.Paid(transaction, session);
        return new PayResult.Completed(Completion.Complete(transaction, session, pending.Buyer, "paid"));
    }
}
