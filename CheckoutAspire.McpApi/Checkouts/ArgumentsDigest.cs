using System.Security.Cryptography;
using System.Text;
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
            Conversation = null,
            OrderRef = null,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(sale, CheckoutJson.Default.CheckoutRequest)));
    }

    /// <summary>
    /// Equal for requests without a key that count as the same; null for a request that belongs to no buyer and no conversation, which never does.
    /// </summary>
    public static string? OfRepetition(CheckoutRequest request, string digest) =>
        (request.BuyerRef is { } buyer ? "buyer\n" + buyer : request.Conversation is { } conversation ? "conversation\n" + conversation : null) is { } scope
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{digest}\n{scope}")))
            : null;
}
