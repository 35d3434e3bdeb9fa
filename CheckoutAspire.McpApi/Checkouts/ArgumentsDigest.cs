using System.Security.Cryptography;
using System.Text.Json;
using CheckoutAspire.McpApi.Stripe;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A digest of what a caller asks for: the same idempotency key with another digest is a conflict.</summary>
internal static class ArgumentsDigest
{
    /// <summary>Equal for requests that sell the same. The request has its defaults already; what names the call rather than the sale is left out.</summary>
    public static string Of(CheckoutRequest request)
    {
        var sale = request with
        {
            // What does not recur is a payment with or without the argument, and what recurs is refused with it.
            Mode = request.Mode == CheckoutMode.Payment ? null : request.Mode,
            IdempotencyKey = null,
            OrderRef = null,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(sale, CheckoutJson.Default.CheckoutRequest)));
    }
}
