using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Catalog;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.StripeCli;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>The stand-in for <c>api.stripe.com</c>.</summary>
internal static class ApiEndpoints
{
    /// <summary>Maps <c>/v1</c>; an address that is not served answers as Stripe does.</summary>
    public static void MapStripeApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/v1");
        api.MapCheckoutSessions();
        api.MapProducts();
        api.MapPrices();
        api.MapCoupons();
        api.MapPromotionCodes();
        api.MapPayments();
        api.MapPaymentMethods();
        api.MapPaymentIntents();
        api.MapCharges();
        api.MapRefunds();
        api.MapCustomers();
        api.MapPaymentPages();
        api.MapEvents();
        api.MapWebhookEndpoints();
        api.MapCliSessions();
        api.MapOperation(HttpMethods.Get, "/account", AccountOf);
        api.Map("/{**path}", static (HttpContext context, ApiPipeline pipeline) => pipeline.InvokeAsync(
            context, call => throw ApiErrors.UnknownUrl(context.Request.Method, context.Request.Path)));

        // What Stripe has no address for; with the same key, form and errors.
        var sandbox = endpoints.MapGroup("/sandbox");
        sandbox.MapSecretRoll();
        sandbox.MapRenewals();
        endpoints.MapCliSocket();
    }

    public static void MapOperation(this IEndpointRouteBuilder endpoints, string method, string pattern, ApiOperation operation) =>
        endpoints.MapMethods(
            pattern, [method], (HttpContext context, ApiPipeline pipeline) => pipeline.InvokeAsync(context, operation));

    /// <summary>Maps <c>GET {pattern}/{id}</c> for objects that are only read.</summary>
    public static void MapRetrieve<T>(this IEndpointRouteBuilder endpoints, string pattern, string kind)
        where T : class, IHasId =>
        endpoints.MapOperation(HttpMethods.Get, $"{pattern}/{{id}}", call =>
        {
            var options = call.Bind<BaseOptions>();
            return call.Render(call.Find<T>(kind), options);
        });

    public static JsonObject Deleted(string id, string kind) => new() { ["id"] = id, ["object"] = kind, ["deleted"] = true };

    private static JsonObject AccountOf(ApiCall call) => call.Render(
        new Account
        {
            Id = Merchant.AccountId,
            Object = "account",
            BusinessProfile = new AccountBusinessProfile { Name = Merchant.Name },
            ChargesEnabled = true,
            Country = "US",
            Created = DateTime.UnixEpoch.AddSeconds(1_700_000_000),
            DefaultCurrency = "usd",
            DetailsSubmitted = true,
            Email = "sandbox@example.com",
            PayoutsEnabled = true,
            Type = "standard",
        },
        call.Bind<BaseOptions>());
}

/// <summary>The account that the sandbox plays.</summary>
internal static class Merchant
{
    public const string Name = "Sandbox merchant";

    public const string AccountId = "acct_1CheckoutAspireSbx";
}
