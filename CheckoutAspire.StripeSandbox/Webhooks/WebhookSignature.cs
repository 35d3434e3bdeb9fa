using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary><c>Stripe-Signature: t=1492774577,v1=5257a869e7ec…,v0=6ffbb59b2300…</c></summary>
/// <remarks><see href="https://docs.stripe.com/webhooks#verify-manually"/></remarks>
internal static class WebhookSignature
{
    public const string UserAgent = "Stripe/1.0 (+https://stripe.com/docs/webhooks)";

    /// <summary>One <c>v1</c> per secret, so that a receiver can verify during a roll. <c>v0</c> is Stripe's test scheme, which receivers ignore.</summary>
    public static string Sign(string body, IReadOnlyList<string> secrets, DateTimeOffset time)
    {
        var timestamp = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var header = new StringBuilder($"t={timestamp}");
        foreach (var secret in secrets)
        {
            header.Append(",v1=").Append(Hmac(secret, $"{timestamp}.{body}"));
        }

        return header.Append(",v0=").Append(Hmac("v0", $"{timestamp}.{body}")).ToString();
    }

    private static string Hmac(string secret, string signed) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)));
}
