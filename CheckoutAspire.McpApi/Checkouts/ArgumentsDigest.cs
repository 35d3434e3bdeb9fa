using System.Security.Cryptography;
using System.Text.Json;
using CheckoutAspire.McpApi.Stripe;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A digest of a caller's request. The same idempotency key with another digest is a conflict.</summary>
internal static class ArgumentsDigest
{
    /// <summary>Equal for requests for the same sale. Defaults are applied already, and keys that identify the call are left out.</summary>
    public static string Of(CheckoutRequest request)
    {
        var sale = request with
        {
            // For one-time products this is the default, and for recurring ones it is rejected.
            Mode = request.Mode == CheckoutMode.Payment ? null : request.Mode,
            IdempotencyKey = null,
            OrderRef = null,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(sale, CheckoutJson.Default.CheckoutRequest)));
    }
}
