using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Billing;
using CheckoutAspire.StripeSandbox.Catalog;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.StripeCli;
using CheckoutAspire.StripeSandbox.Webhooks;

namespace CheckoutAspire.StripeSandbox;

/// <summary>The sandbox's version of <c>api.stripe.com</c>.</summary>
internal static class StripeApi
{
    /// <summary>Maps <c>/v1</c>, and the operations under <c>/sandbox</c> that use the same key, parameters and errors.</summary>
    public static void MapStripeApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/v1");
        api.MapAccount();
        api.MapProducts();
        api.MapPrices();
        api.MapCoupons();
        api.MapPromotionCodes();
        api.MapShippingRates();
        api.MapCustomers();
        api.MapPaymentMethods();
        api.MapPaymentIntents();
        api.MapSetupIntents();
        api.MapCharges();
        api.MapRefunds();
        api.MapDisputes();
        api.MapSubscriptions();
        api.MapInvoices();
        api.MapInvoicePayments();
        api.MapCheckoutSessions();
        api.MapPaymentPages();
        api.MapEvents();
        api.MapWebhookEndpoints();
        api.MapCliSessions();
        api.Map("/{**path}", static (HttpContext context, ApiPipeline pipeline) => pipeline.InvokeAsync(
            context, call => throw ApiErrors.UnknownUrl(context.Request.Method, context.Request.Path)));

        var sandbox = endpoints.MapGroup("/sandbox");
        sandbox.MapSecretRoll();
        sandbox.MapEndpointVersion();
        sandbox.MapDisputing();
        sandbox.MapRenewals();
        endpoints.MapCliSocket();
    }
}
