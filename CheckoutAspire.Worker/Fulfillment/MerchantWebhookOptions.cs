using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The merchant's endpoint: <c>FULFILLMENT_URL</c> and <c>FULFILLMENT_SECRET</c>, both or neither.</summary>
internal sealed class MerchantWebhookOptions
{
    private const string Prefix = "whsec_";

    public Uri? Url { get; private set; }

    /// <summary>The signing key: what follows <c>whsec_</c>, decoded from Base64, as Standard Webhooks has it.</summary>
    public byte[] Key { get; private set; } = [];

    public string? Refusal { get; private set; }

    public void Read(IConfiguration configuration)
    {
        var (url, secret) = (configuration["FULFILLMENT_URL"], configuration["FULFILLMENT_SECRET"]);
        if (string.IsNullOrEmpty(url))
        {
            Refusal = string.IsNullOrEmpty(secret) ? null : "FULFILLMENT_SECRET is set, but FULFILLMENT_URL is not: set both or neither.";
            return;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            Refusal = "FULFILLMENT_URL is not an http or https URL.";
        }
        else if (parsed.Scheme is "http" && !parsed.IsLoopback)
        {
            Refusal = "FULFILLMENT_URL must be https: what is paid for is told there.";
        }
        else if (!TryDecode(secret, out var key))
        {
            Refusal = "FULFILLMENT_SECRET is missing or no Standard Webhooks secret: whsec_ and the Base64 of 24 to 64 random bytes, "
                + "for example from `echo whsec_$(openssl rand -base64 32)`.";
        }
        else
        {
            (Url, Key) = (parsed, key);
        }
    }

    private static bool TryDecode(string? secret, out byte[] key)
    {
        key = [];
        if (secret is null || !secret.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        Span<byte> decoded = stackalloc byte[128];
        if (!Convert.TryFromBase64String(secret[Prefix.Length..], decoded, out var length) || length is < 24 or > 64)
        {
            return false;
        }

        key = decoded[..length].ToArray();
        return true;
    }
}

internal sealed class MerchantWebhookOptionsValidator : IValidateOptions<MerchantWebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, MerchantWebhookOptions options) =>
        options.Refusal is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Refusal);
}
