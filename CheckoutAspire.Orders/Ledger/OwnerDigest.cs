using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>The digests under which the orders of a principal, and of each of its buyers, are listed: 32 hexadecimal digits that differ between installations.</summary>
public static class OwnerDigest
{
    /// <summary>The digest of a principal.</summary>
    /// <param name="deployment">The installation.</param>
    /// <param name="principal">The principal's name.</param>
    public static string Of(string deployment, string principal) => Of([deployment, principal]);

    /// <summary>The digest of a principal and one of its buyers.</summary>
    /// <param name="deployment">The installation.</param>
    /// <param name="principal">The principal's name.</param>
    /// <param name="buyerRef">The principal's own id of the buyer.</param>
    public static string Of(string deployment, string principal, string buyerRef) => Of([deployment, principal, buyerRef]);

    private static string Of(string[] names) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(names, OwnerDigestJson.Default.StringArray)).AsSpan(0, 16));
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class OwnerDigestJson : JsonSerializerContext;
