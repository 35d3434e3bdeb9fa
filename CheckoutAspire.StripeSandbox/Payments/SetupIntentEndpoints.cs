using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary><c>/v1/setup_intents</c>: those that Checkout created.</summary>
internal static class SetupIntentEndpoints
{
    public static void MapSetupIntents(this IEndpointRouteBuilder api) => api.MapRetrieve<SetupIntent>("/setup_intents", "setupintent");
}
