using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using CheckoutAspire.Orders;

namespace CheckoutAspire.McpApi.Configuration;

/// <summary>What <see cref="McpApiOptions"/> mean, once they are accepted.</summary>
/// <param name="StripeKey">The Stripe key.</param>
/// <param name="StripeApiBase">Where Stripe's API is, without a trailing slash.</param>
/// <param name="AppOrigin">Origin of the success and cancel pages, without a trailing slash.</param>
/// <param name="RedirectOrigins">Every origin that a redirect may use, <paramref name="AppOrigin"/> first.</param>
/// <param name="Deployment">This installation's name.</param>
internal sealed partial record McpApiSettings(
    StripeSecretKey StripeKey, string StripeApiBase, string AppOrigin, IReadOnlyList<string> RedirectOrigins, string Deployment)
{
    public const string DefaultAddress = "http://localhost:5080";
    public const string DefaultStripeApiBase = "https://api.stripe.com";
    public const string RedisConnectionName = "redis";

    private const string DefaultDeployment = "local";

    /// <summary>Reads the options, or says in one sentence what is wrong with the first that is.</summary>
    public static bool TryRead(
        McpApiOptions options, [NotNullWhen(true)] out McpApiSettings? settings, [NotNullWhen(false)] out string? refusal)
    {
        settings = null;
        if (!StripeSecretKey.TryParse(options.StripeSecretKey, out var key, out refusal))
        {
            return false;
        }

        var apiBase = Or(options.StripeApiBase, DefaultStripeApiBase).TrimEnd('/');
        var deployment = Or(options.Deployment, DefaultDeployment);
        refusal = RefuseApiBase(key, apiBase) ?? RefuseLive(key) ?? RefuseDeployment(deployment);
        if (refusal is not null)
        {
            return false;
        }

        List<string> origins = [];
        if (!TryAddOrigin("APP_BASE_URL", Or(options.AppBaseUrl, DefaultAddress), key, origins, out refusal))
        {
            return false;
        }

        foreach (var origin in (options.AllowedOrigins ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!TryAddOrigin("CHECKOUT_ALLOWED_ORIGINS", origin, key, origins, out refusal))
            {
                return false;
            }
        }

        settings = new McpApiSettings(key, apiBase, origins[0], origins, deployment);
        return true;
    }

    private static string? RefuseApiBase(StripeSecretKey key, string apiBase)
    {
        if (key.IsLive && apiBase != DefaultStripeApiBase)
        {
            return "STRIPE_API_BASE is set although STRIPE_SECRET_KEY is a live key: a live key goes to https://api.stripe.com only; "
                + "unset STRIPE_API_BASE, or use a test key.";
        }

        if (!Uri.TryCreate(apiBase, UriKind.Absolute, out var uri) || !IsHttp(uri))
        {
            return "STRIPE_API_BASE is not an absolute http or https address, such as http://localhost:5082.";
        }

        return key.Mode switch
        {
            StripeMode.Sandbox when !uri.IsLoopback =>
                "STRIPE_SECRET_KEY is the local sandbox's key, which opens nothing but a sandbox on this machine: "
                + "set STRIPE_API_BASE=http://localhost:5082, or use your own Stripe test key.",
            _ when uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback =>
                "STRIPE_API_BASE would send the key unencrypted to another machine: use https, or an address on this machine.",
            _ => null,
        };
    }

    private static string? RefuseLive(StripeSecretKey key) => key.IsLive
        ? "STRIPE_SECRET_KEY is a live key: callers are not authenticated yet, so anyone could sell in your name; use a test key (sk_test_… or rk_test_…)."
        : null;

    private static string? RefuseDeployment(string deployment) => DeploymentName().IsMatch(deployment)
        ? null
        : "CHECKOUT_DEPLOYMENT must be 1 to 64 letters, digits, dots, dashes or underscores.";

    private static bool TryAddOrigin(
        string name, string value, StripeSecretKey key, List<string> origins, [NotNullWhen(false)] out string? refusal)
    {
        refusal = null;
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri)
            || !IsHttp(uri)
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery != "/"
            || uri.Fragment.Length > 0)
        {
            refusal = $"{name} must hold an origin, scheme and host and port alone, such as https://shop.example.";
            return false;
        }

        if (key.IsLive && uri.Scheme != Uri.UriSchemeHttps)
        {
            refusal = $"{name} must be https with a live key.";
            return false;
        }

        origins.Add(uri.GetLeftPart(UriPartial.Authority));
        return true;
    }

    private static bool IsHttp(Uri uri) => uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;

    private static string Or(string? value, string otherwise) => string.IsNullOrWhiteSpace(value) ? otherwise : value.Trim();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex DeploymentName();
}
