using Microsoft.Extensions.Options;

namespace CheckoutAspire.Webhooks;

/// <summary>The signing secrets of <c>STRIPE_WEBHOOK_SECRET</c>: several, comma-separated, while one is being rolled.</summary>
internal sealed class WebhookOptions
{
    private const string Prefix = "whsec_";

    public IReadOnlyList<SigningSecret> Secrets { get; private set; } = [];

    /// <summary>Why the value was refused, or null.</summary>
    public string? Refusal { get; private set; }

    public void Read(string? value)
    {
        var secrets = (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (secrets.Length == 0)
        {
            Refusal = "STRIPE_WEBHOOK_SECRET is missing: set it to the signing secret (whsec_…) of your webhook endpoint. "
                + "`stripe listen` prints one for local development; the Dashboard shows another for each endpoint.";
        }
        else if (!secrets.All(secret => secret.StartsWith(Prefix, StringComparison.Ordinal) && secret.Length > Prefix.Length))
        {
            Refusal = "STRIPE_WEBHOOK_SECRET holds something that is no signing secret of a webhook endpoint: those start with whsec_.";
        }

        Secrets = [.. secrets.Select(secret => new SigningSecret(secret))];
    }
}

internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options) =>
        options.Refusal is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Refusal);
}
