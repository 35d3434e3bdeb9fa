using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Payments;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>/v1/invoices</c>: the invoices of subscriptions.</summary>
/// <remarks><see href="https://docs.stripe.com/api/invoices"/></remarks>
internal static class InvoiceEndpoints
{
    private const string Kind = "invoice";
    private const string Path = "/invoices";

    public static void MapInvoices(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Invoice>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}/pay", Pay);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<InvoiceListOptions>();
        ParameterRules.OneOf(options.Status, "status", "draft", "open", "paid", "uncollectible", "void");
        return call.RenderPage(
            call.Transaction.NewestFirst<Invoice>().Where(invoice =>
                Pagination.Admits(options.Created, invoice.Created)
                && (options.Status is null || invoice.Status == options.Status)
                && (options.Customer is null || invoice.CustomerId == options.Customer)
                && (options.CollectionMethod is null || invoice.CollectionMethod == options.CollectionMethod)
                && (options.Subscription is null || invoice.Parent.SubscriptionDetails.SubscriptionId == options.Subscription)),
            options,
            Kind,
            "/v1" + Path);
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<InvoiceUpdateOptions>();
        UnsupportedParameters.Check(call.Form, new HashSet<string> { "expand", "metadata" });
        ParameterRules.Metadata(options.Metadata, "metadata");
        var invoice = call.Find<Invoice>(Kind);
        var merged = ParameterRules.Merge(invoice.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        var previous = new { metadata = invoice.Metadata };
        invoice.Metadata = merged;
        call.Transaction.Emit("invoice.updated", call.Transaction.Save(invoice), previous);
        return call.Render(invoice, options);
    }

    /// <summary>Pays an open invoice, for example after a failed renewal.</summary>
    private static JsonObject Pay(ApiCall call)
    {
        var options = call.Bind<InvoicePayOptions>();
        UnsupportedParameters.Check(call.Form, new HashSet<string> { "expand", "payment_method" });
        var invoice = call.Find<Invoice>(Kind);
        if (invoice.Status != "open")
        {
            throw ApiErrors.Invalid(invoice.Status == "paid" ? "Invoice is already paid" : $"Invoice is {invoice.Status} and cannot be paid.");
        }

        var method = options.PaymentMethod is { } id ? PaymentMethodEndpoints.Find(call.Transaction, id, "payment_method") : null;
        call.Error = InvoiceCollection.Retry(call.Transaction, invoice, method);
        return call.Render(invoice, options);
    }
}
