using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Rejects combinations of settings that would let anyone sell in the operator's name, and reports the first one.</summary>
internal sealed class StartupRules(IOptions<StripeOptions> stripe, IOptions<AccessOptions> access, IHostEnvironment environment)
    : IValidateOptions<OriginOptions>
{
    private const string Remedy = "Set CHECKOUT_API_KEYS or CHECKOUT_OAUTH_AUTHORITY.";

    public ValidateOptionsResult Validate(string? name, OriginOptions options)
    {
        try
        {
            var key = stripe.Value.SecretKey;
            return (RejectMissingCredentials(key) ?? RejectPlainText(key, options)) is { } error
                ? ValidateOptionsResult.Fail(error)
                : ValidateOptionsResult.Success;
        }
        catch (OptionsValidationException)
        {
            // The options' own validator reports it.
            return ValidateOptionsResult.Skip;
        }
    }

    private string? RejectMissingCredentials(StripeSecretKey key) => access.Value.RequiresCredentials
        ? null
        : key.IsLive
            ? $"STRIPE_SECRET_KEY is a live key, but no credentials are required: any client that reaches this server could sell in your name. {Remedy}"
            : environment.IsDevelopment()
                ? null
                : $"ASPNETCORE_ENVIRONMENT is {environment.EnvironmentName}, but no credentials are required, which only Development allows. {Remedy}";

    internal static string? RejectPlainText(StripeSecretKey key, OriginOptions options) =>
        key.IsLive && options.RedirectOrigins.Any(origin => !origin.StartsWith("https:", StringComparison.Ordinal))
            ? "APP_BASE_URL and CHECKOUT_ALLOWED_ORIGINS must be https with a live key, because Stripe redirects live buyers only to https."
            : null;
}
