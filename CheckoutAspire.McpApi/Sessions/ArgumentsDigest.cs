using System.Security.Cryptography;
using System.Text.Json;
using CheckoutAspire.McpApi.Tools;

namespace CheckoutAspire.McpApi.Sessions;

/// <summary>What a caller asks for, as a digest: the same key with another is a conflict.</summary>
internal static class ArgumentsDigest
{
    /// <summary>The same for arguments that mean the same, however they are written.</summary>
    public static string Of(InitiateCheckoutInput input)
    {
        var canonical = input with
        {
            IdempotencyKey = null,
            // How the buyer gets the page is no part of the sale.
            HandOff = null,
            Quantity = input.LineItems is { Count: > 0 } ? null : input.Quantity ?? 1,
            LineItems = input.LineItems is { Count: > 0 } lines ? [.. lines.Select(line => line with { Quantity = line.Quantity ?? 1 })] : null,
            AllowPromotionCodes = input.AllowPromotionCodes ?? false,
            Mode = input.Mode ?? CheckoutMode.Payment,
            ExpiresInMinutes = input.ExpiresInMinutes ?? CheckoutRules.DefaultExpiryMinutes,
            Currency = (input.Currency ?? (input.PriceCents is null ? null : "usd"))?.ToLowerInvariant(),
            Metadata = input.Metadata?.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal),
        };
        return Convert.ToHexStringLower(
            SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(canonical, ToolJson.Default.InitiateCheckoutInput)));
    }
}
