using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>What Checkout makes and clients read: <c>/v1/payment_intents/{id}</c> and its kin.</summary>
internal static class PaymentEndpoints
{
    public static void MapPayments(this IEndpointRouteBuilder api)
    {
        api.MapRetrieve<PaymentIntent>("/payment_intents", "payment_intent");
        api.MapRetrieve<SetupIntent>("/setup_intents", "setupintent");
        api.MapRetrieve<PaymentMethod>("/payment_methods", "PaymentMethod");
        api.MapRetrieve<Charge>("/charges", "charge");
        api.MapRetrieve<Customer>("/customers", "customer");
        api.MapRetrieve<Subscription>("/subscriptions", "subscription");
        api.MapRetrieve<Invoice>("/invoices", "invoice");
    }
}
