using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary><c>/v1/charges</c>.</summary>
internal static class ChargeEndpoints
{
    private const string Kind = "charge";
    private const string Path = "/charges";

    public static void MapCharges(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Charge>(Path, Kind);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<ChargeListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<Charge>().Where(charge =>
                Pagination.Admits(options.Created, charge.Created)
                && (options.Customer is null || charge.CustomerId == options.Customer)
                && (options.PaymentIntent is null || charge.PaymentIntentId == options.PaymentIntent)
                && (options.TransferGroup is null || charge.TransferGroup == options.TransferGroup)),
            options,
            Kind,
            "/v1" + Path);
    }
}
