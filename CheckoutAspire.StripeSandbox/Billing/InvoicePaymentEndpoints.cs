using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>/v1/invoice_payments</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/api/invoice-payment"/></remarks>
internal static class InvoicePaymentEndpoints
{
    private const string Kind = "invoice_payment";
    private const string Path = "/invoice_payments";

    public static void MapInvoicePayments(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<InvoicePayment>(Path, Kind);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<InvoicePaymentListOptions>();
        ParameterRules.OneOf(options.Status, "status", "canceled", "open", "paid");
        if (options.Payment is { Type: null })
        {
            throw ApiErrors.Missing("payment[type]");
        }

        return call.RenderPage(
            call.Transaction.NewestFirst<InvoicePayment>().Where(payment =>
                Pagination.Admits(options.Created, payment.Created)
                && (options.Invoice is null || payment.InvoiceId == options.Invoice)
                && (options.Status is null || payment.Status == options.Status)
                && (options.Payment is not { } wanted
                    || (payment.Payment.Type == wanted.Type && payment.Payment.PaymentIntentId == wanted.PaymentIntent))),
            options,
            Kind,
            "/v1" + Path);
    }
}
