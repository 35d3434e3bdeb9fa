using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>/v1/subscriptions</c>: those that Checkout created.</summary>
internal static class SubscriptionEndpoints
{
    private const string Kind = "subscription";
    private const string Path = "/subscriptions";

    public static void MapSubscriptions(this IEndpointRouteBuilder api) => api.MapRetrieve<Subscription>(Path, Kind);
}
