using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary><c>GET /v1/account</c>.</summary>
internal static class AccountEndpoint
{
    public static void MapAccount(this IEndpointRouteBuilder api) =>
        api.MapOperation(HttpMethods.Get, "/account", static call => call.Render(
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
            call.Bind<BaseOptions>()));
}
