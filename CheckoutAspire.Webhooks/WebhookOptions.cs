using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Webhooks;

/// <summary>The signing secrets of <c>STRIPE_WEBHOOK_SECRET</c>: several, comma-separated, while one is being rolled.</summary>
internal sealed class WebhookOptions : IReadOptions
{
    private const string Prefix = "whsec_";

    public IReadOnlyList<SigningSecret> Secrets { get; private set; } = [];

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        var secrets = (configuration["STRIPE_WEBHOOK_SECRET"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (secrets.Length == 0)
        {
            ConfigurationErrors =
            [
                "STRIPE_WEBHOOK_SECRET is missing: set it to the signing secret (whsec_…) of your webhook endpoint. "
                    + "`stripe listen` prints one for local development; the Dashboard shows another for each endpoint.",
            ];
        }
        else if (!secrets.All(secret => secret.StartsWith(Prefix, StringComparison.Ordinal) && secret.Length > Prefix.Length))
        {
            ConfigurationErrors = ["STRIPE_WEBHOOK_SECRET must be a webhook signing secret, which starts with whsec_."];
        }

        Secrets = [.. secrets.Select(secret => new SigningSecret(secret))];
    }
}
