using CheckoutAspire.Orders;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Configuration;

/// <summary>Refuses to start on a configuration that cannot be meant, with the first reason.</summary>
internal sealed class McpApiOptionsValidator(IOptions<StripeOptions> stripe, IHostEnvironment environment) : IValidateOptions<McpApiOptions>
{
    public ValidateOptionsResult Validate(string? name, McpApiOptions options)
    {
        StripeSecretKey key;
        try
        {
            key = stripe.Value.SecretKey;
        }
        catch (OptionsValidationException)
        {
            // Told by its own validator.
            return ValidateOptionsResult.Skip;
        }

        return (RefuseOpenSale(key) ?? options.Refusal ?? RefusePlainText(key, options)) is { } refusal
            ? ValidateOptionsResult.Fail(refusal)
            : ValidateOptionsResult.Success;
    }

    // Nobody is asked for credentials yet: whoever reaches the port can create sessions.
    private string? RefuseOpenSale(StripeSecretKey key)
    {
        if (key.IsLive)
        {
            return "STRIPE_SECRET_KEY is a live key: callers are not authenticated yet, so anyone who reaches this server could sell in your name. "
                + "Use a test key (sk_test_… or rk_test_…).";
        }

        return environment.IsDevelopment()
            ? null
            : $"ASPNETCORE_ENVIRONMENT is {environment.EnvironmentName}: callers are not authenticated yet, so this server sells in the Development "
                + "environment only. Set ASPNETCORE_ENVIRONMENT=Development.";
    }

    internal static string? RefusePlainText(StripeSecretKey key, McpApiOptions options) =>
        key.IsLive && options.RedirectOrigins.Any(origin => !origin.StartsWith("https:", StringComparison.Ordinal))
            ? "APP_BASE_URL and CHECKOUT_ALLOWED_ORIGINS must be https with a live key: Stripe sends live buyers to no other."
            : null;
}
