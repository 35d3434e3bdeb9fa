using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Webhooks;

/// <summary>The signing secrets in <c>STRIPE_WEBHOOK_SECRET</c>: one, or several separated by commas while one is being rolled.</summary>
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
                "STRIPE_WEBHOOK_SECRET is missing. Set it to the signing secret of your webhook endpoint, which starts with whsec_. "
                    + "`stripe listen` prints one for local development, and the Dashboard shows one for each endpoint.",
            ];
        }
        else if (!secrets.All(secret => secret.StartsWith(Prefix, StringComparison.Ordinal) && secret.Length > Prefix.Length))
        {
            ConfigurationErrors = ["STRIPE_WEBHOOK_SECRET must be a webhook signing secret, which starts with whsec_."];
        }

        Secrets = [.. secrets.Select(secret => new SigningSecret(secret))];
    }
}
