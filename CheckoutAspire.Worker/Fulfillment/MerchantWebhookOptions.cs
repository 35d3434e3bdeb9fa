using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The merchant's endpoint: <c>FULFILLMENT_URL</c> and <c>FULFILLMENT_SECRET</c>, both or neither.</summary>
internal sealed class MerchantWebhookOptions : IReadOptions
{
    private const string Prefix = "whsec_";

    public Uri? Url { get; private set; }

    /// <summary>The signing key: the Base64 after <c>whsec_</c>, decoded, as Standard Webhooks specifies.</summary>
    public byte[] Key { get; private set; } = [];

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        var (url, secret) = (configuration["FULFILLMENT_URL"], configuration["FULFILLMENT_SECRET"]);
        if (string.IsNullOrEmpty(url))
        {
            ConfigurationErrors =
                string.IsNullOrEmpty(secret) ? [] : ["FULFILLMENT_SECRET is set, but FULFILLMENT_URL is not: set both or neither."];
            return;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            ConfigurationErrors = ["FULFILLMENT_URL is not an http or https URL."];
        }
        else if (parsed.Scheme is "http" && !parsed.IsLoopback)
        {
            ConfigurationErrors = ["FULFILLMENT_URL must be https, because it receives order data."];
        }
        else if (!TryDecode(secret, out var key))
        {
            ConfigurationErrors =
            [
                "FULFILLMENT_SECRET is missing or not a Standard Webhooks secret: whsec_ and the Base64 of 24 to 64 random bytes, "
                    + "for example from `echo whsec_$(openssl rand -base64 32)`.",
            ];
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
