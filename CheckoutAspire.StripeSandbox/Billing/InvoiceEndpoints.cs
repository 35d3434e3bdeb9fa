using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>/v1/invoices</c>: those of subscriptions.</summary>
internal static class InvoiceEndpoints
{
    private const string Kind = "invoice";
    private const string Path = "/invoices";

    public static void MapInvoices(this IEndpointRouteBuilder api) => api.MapRetrieve<Invoice>(Path, Kind);
}
