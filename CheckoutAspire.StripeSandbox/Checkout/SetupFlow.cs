using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Setup mode: saves a card for later without a payment.</summary>
internal static class SetupFlow
{
    /// <summary>Creates the intent. Unlike a payment intent, it exists as soon as the session does.</summary>
    public static SetupIntent Create(Transaction transaction, Session session)
    {
        var data = transaction.Get<CheckoutTerms>(session.Id).SetupIntent;
        var id = Identifiers.New("seti_1");
        var intent = transaction.Save(new SetupIntent
        {
            Id = id,
            Object = "setup_intent",
            ClientSecret = Identifiers.New($"{id}_secret_"),
            Created = transaction.Now,
            CustomerId = session.CustomerId,
            Description = data.Description,
            Metadata = ParameterRules.Merge(null, data.Metadata),
            PaymentMethodOptions = new SetupIntentPaymentMethodOptions
            {
                Card = new SetupIntentPaymentMethodOptionsCard { RequestThreeDSecure = "automatic" },
            },
            PaymentMethodTypes = session.PaymentMethodTypes,
            Status = "requires_payment_method",
            Usage = "off_session",
        });
        transaction.Emit("setup_intent.created", intent);
        return intent;
    }

    public static PayResult Confirm(Transaction transaction, Session session, PendingPayment pending, PaymentMethod method)
    {
        if (!pending.AwaitsAuthentication)
        {
            return Finish(transaction, session, pending, method);
        }

        var intent = transaction.Get<SetupIntent>(session.SetupIntentId);
        intent.Status = "requires_action";
        intent.NextAction = new SetupIntentNextAction { Type = "use_stripe_sdk" };
        transaction.Emit("setup_intent.requires_action", transaction.Save(intent));
        return new PayResult.NeedsAuthentication();
    }

    public static PayResult Authenticate(Transaction transaction, Session session, PendingPayment pending, bool authenticated)
    {
        if (authenticated)
        {
            return Finish(transaction, session, pending, transaction.Get<PaymentMethod>(pending.PaymentMethodId));
        }

        Fail(transaction, session, CardFlow.AuthenticationError(transaction, pending));
        return CardFlow.DeclineUnauthenticated();
    }

    private static PayResult Finish(Transaction transaction, Session session, PendingPayment pending, PaymentMethod method)
    {
        if (Decline.Find(pending.DeclineCode) is { } decline)
        {
            Fail(transaction, session, new StripeError
            {
                Code = decline.Code,
                DeclineCode = decline.DeclineCode,
                Message = decline.Message,
                PaymentMethod = method,
                Type = "card_error",
            });
            return new PayResult.Declined(new PageError(decline.PageMessage, "cardNumber"));
        }

        var intent = transaction.Get<SetupIntent>(session.SetupIntentId);
        intent.CustomerId = Completion.CustomerOf(transaction, session, pending.Buyer, method);
        intent.LastSetupError = null;
        intent.NextAction = null;
        intent.PaymentMethodId = method.Id;
        intent.Status = "succeeded";
        transaction.Emit("setup_intent.succeeded", transaction.Save(intent));
        return new PayResult.Completed(Completion.Complete(transaction, session, pending.Buyer, "no_payment_required"));
    }

    private static void Fail(Transaction transaction, Session session, StripeError error)
    {
        var intent = transaction.Get<SetupIntent>(session.SetupIntentId);
        intent.LastSetupError = error;
        intent.NextAction = null;
        intent.Status = "requires_payment_method";
        transaction.Emit("setup_intent.setup_failed", transaction.Save(intent));
    }
}
