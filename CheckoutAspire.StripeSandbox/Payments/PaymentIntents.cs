using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>The life of a payment intent and its charges.</summary>
internal static class PaymentIntents
{
    /// <summary>The session's intent. The first attempt creates it, and later attempts reuse it.</summary>
    public static PaymentIntent For(Transaction transaction, Session session)
    {
        var terms = transaction.Get<CheckoutTerms>(session.Id);
        if (terms.PaymentIntentId is { } existing)
        {
            // The promotion code or the currency may have changed since the last attempt.
            var begun = transaction.Get<PaymentIntent>(existing);
            begun.Amount = session.AmountTotal!.Value;
            begun.Currency = session.Currency;
            return begun;
        }

        var data = terms.PaymentIntent;
        var id = Identifiers.New("pi_3");
        var intent = transaction.Save(new PaymentIntent
        {
            Id = id,
            Object = "payment_intent",
            Amount = session.AmountTotal!.Value,
            CaptureMethod = data.CaptureMethod ?? "automatic_async",
            ClientSecret = Identifiers.New($"{id}_secret_"),
            ConfirmationMethod = "automatic",
            Created = transaction.Now,
            Currency = session.Currency,
            CustomerId = session.CustomerId,
            Description = data.Description,
            Metadata = ParameterRules.Merge(null, data.Metadata),
            PaymentMethodOptions = new PaymentIntentPaymentMethodOptions
            {
                Card = new PaymentIntentPaymentMethodOptionsCard { RequestThreeDSecure = "automatic" },
            },
            PaymentMethodTypes = session.PaymentMethodTypes,
            ReceiptEmail = data.ReceiptEmail,
            SetupFutureUsage = session.Mode == "subscription" ? "off_session" : data.SetupFutureUsage,
            Shipping = ShippingOf(data),
            StatementDescriptor = data.StatementDescriptor,
            StatementDescriptorSuffix = data.StatementDescriptorSuffix,
            Status = "requires_payment_method",
            TransferGroup = data.TransferGroup,
        });
        terms.PaymentIntentId = id;
        transaction.Save(terms);
        if (session.Mode == "payment")
        {
            session.PaymentIntentId = id;
            transaction.Save(session);
        }

        transaction.Emit("payment_intent.created", intent);
        return intent;
    }

    /// <summary>Creates a charge; its status is the bank's answer.</summary>
    public static Charge NewCharge(
        Transaction transaction, PaymentIntent intent, PaymentMethod method, string status, bool authenticated = false)
    {
        var charge = new Charge
        {
            Id = Identifiers.New(method.Type == "card" ? "ch_3" : "py_3"),
            Object = "charge",
            Amount = intent.Amount,
            BillingDetails = new ChargeBillingDetails
            {
                Address = method.BillingDetails.Address,
                Email = method.BillingDetails.Email,
                Name = method.BillingDetails.Name,
                Phone = method.BillingDetails.Phone,
            },
            Created = transaction.Now,
            Currency = intent.Currency,
            CustomerId = intent.CustomerId,
            Description = intent.Description,
            FraudDetails = new ChargeFraudDetails(),
            Metadata = intent.Metadata,
            PaymentIntentId = intent.Id,
            PaymentMethod = method.Id,
            PaymentMethodDetails = PaymentMethods.OnCharge(method, intent.Amount, authenticated),
            ReceiptEmail = intent.ReceiptEmail,
            Shipping = intent.Shipping,
            StatementDescriptor = intent.StatementDescriptor,
            StatementDescriptorSuffix = intent.StatementDescriptorSuffix,
            Status = status,
        };
        intent.LatestChargeId = charge.Id;
        return charge;
    }

    public static void Succeed(Transaction transaction, PaymentIntent intent, Charge charge)
    {
        charge.Status = "succeeded";
        charge.AmountCaptured = charge.Amount;
        charge.Captured = true;
        charge.Paid = true;
        charge.CalculatedStatementDescriptor = "SANDBOX";
        charge.Outcome = new ChargeOutcome
        {
            NetworkStatus = "approved_by_network",
            RiskLevel = "normal",
            RiskScore = 20,
            SellerMessage = "Payment complete.",
            Type = "authorized",
        };
        intent.AmountReceived = intent.Amount;
        intent.LastPaymentError = null;
        intent.NextAction = null;
        intent.PaymentMethodId = charge.PaymentMethod;
        intent.Status = "succeeded";
        transaction.Emit("charge.succeeded", transaction.Save(charge));
        transaction.Emit("payment_intent.succeeded", transaction.Save(intent));
        Disputes.Schedule(transaction, charge);
    }

    public static void Fail(Transaction transaction, PaymentIntent intent, Charge charge, PaymentMethod method, Decline decline)
    {
        charge.Status = "failed";
        charge.FailureCode = decline.Code;
        charge.FailureMessage = decline.Message;
        charge.Outcome = decline.IsBlocked
            ? new ChargeOutcome
            {
                NetworkStatus = "not_sent_to_network",
                Reason = "highest_risk_level",
                RiskLevel = "highest",
                RiskScore = 92,
                SellerMessage = "Stripe blocked this payment as too risky.",
                Type = "blocked",
            }
            : new ChargeOutcome
            {
                NetworkStatus = "declined_by_network",
                NetworkDeclineCode = "05",
                Reason = decline.DeclineCode,
                RiskLevel = "normal",
                RiskScore = 20,
                SellerMessage = "The bank did not return any further details with this decline.",
                Type = "issuer_declined",
            };
        transaction.Emit("charge.failed", transaction.Save(charge));
        RequirePaymentMethod(
            transaction,
            intent,
            new StripeError
            {
                Charge = charge.Id,
                Code = decline.Code,
                DeclineCode = decline.DeclineCode,
                DocUrl = $"https://stripe.com/docs/error-codes/{decline.Code.Replace('_', '-')}",
                Message = decline.Message,
                PaymentMethod = method,
                Type = "card_error",
            });
    }

    /// <summary>Returns the intent to <c>requires_payment_method</c>, so that the buyer can try again.</summary>
    public static void RequirePaymentMethod(Transaction transaction, PaymentIntent intent, StripeError error)
    {
        intent.LastPaymentError = error;
        intent.NextAction = null;
        intent.PaymentMethodId = null;
        intent.Status = "requires_payment_method";
        transaction.Emit("payment_intent.payment_failed", transaction.Save(intent));
    }

    public static void Cancel(Transaction transaction, PaymentIntent intent)
    {
        intent.CanceledAt = transaction.Now;
        intent.CancellationReason = "automatic";
        intent.NextAction = null;
        intent.Status = "canceled";
        transaction.Emit("payment_intent.canceled", transaction.Save(intent));
    }

    private static Shipping? ShippingOf(SessionPaymentIntentDataOptions data) => data.Shipping is not { } shipping
        ? null
        : new Shipping
        {
            Address = new Address
            {
                City = shipping.Address?.City,
                Country = shipping.Address?.Country,
                Line1 = shipping.Address?.Line1,
                Line2 = shipping.Address?.Line2,
                PostalCode = shipping.Address?.PostalCode,
                State = shipping.Address?.State,
            },
            Carrier = shipping.Carrier,
            Name = shipping.Name,
            Phone = shipping.Phone,
            TrackingNumber = shipping.TrackingNumber,
        };
}
