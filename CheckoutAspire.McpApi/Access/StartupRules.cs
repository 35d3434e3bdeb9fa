using CheckoutAspire.McpApi.Conformance;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Refuses to start on a configuration that cannot be meant, with the first reason.</summary>
internal sealed class StartupRules(
    IOptions<StripeOptions> stripe, IOptions<AccessOptions> access, IConfiguration configuration, IHostEnvironment environment)
    : IValidateOptions<OriginOptions>
{
    private const string Cure = "Set CHECKOUT_API_KEYS or CHECKOUT_OAUTH_AUTHORITY.";

    public ValidateOptionsResult Validate(string? name, OriginOptions options)
    {
        try
        {
            var key = stripe.Value.SecretKey;
            return (RefuseOpenSale(key, access.Value) ?? options.Refusal ?? RefuseConformance() ?? RefusePlainText(key, options)) is { } refusal
                ? ValidateOptionsResult.Fail(refusal)
                : ValidateOptionsResult.Success;
        }
        catch (OptionsValidationException)
        {
            // Told by its own validator.
            return ValidateOptionsResult.Skip;
        }
    }

    private string? RefuseOpenSale(StripeSecretKey key, AccessOptions callers) => callers.IsConfigured
        ? null
        : key.IsLive
            ? "STRIPE_SECRET_KEY is a live key, and callers are not asked for credentials: whoever reaches this server could sell in your name. "
                + Cure
            : environment.IsDevelopment()
                ? null
                : $"ASPNETCORE_ENVIRONMENT is {environment.EnvironmentName}, and callers are not asked for credentials: that is for Development "
                    + $"only. {Cure}";

    // The runner's tools do nothing that a shop wants done.
    private string? RefuseConformance() => configuration.IsConformance() && !environment.IsDevelopment()
        ? $"{ConformanceExtensions.Switch} is for the Development environment only; unset it."
        : null;

    internal static string? RefusePlainText(StripeSecretKey key, OriginOptions options) =>
        key.IsLive && options.RedirectOrigins.Any(origin => !origin.StartsWith("https:", StringComparison.Ordinal))
            ? "APP_BASE_URL and CHECKOUT_ALLOWED_ORIGINS must be https with a live key: Stripe sends live buyers to no other."
            : null;
}
