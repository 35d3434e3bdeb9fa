using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>One line of a sale as its seal covers it.</summary>
/// <param name="PriceId">The Stripe Price; null if the line has its own amount.</param>
/// <param name="Quantity">Number of units.</param>
/// <param name="UnitAmount">Price of one unit in minor units of the sale's currency.</param>
public sealed record SealedLine(string? PriceId, long Quantity, long UnitAmount);

/// <summary>
/// Proof that this installation sold what a session says, for a ledger that has lost both the order and the request: an HMAC over the
/// sale's reference, owner, amount, currency and lines. Its key is derived from the Stripe key, so it needs no configuration of its own;
/// after the Stripe key is rotated, only sessions that the ledger does not know need a person to look at them.
/// </summary>
/// <remarks>
/// <para><c>v2.1f0c99ab.5b0e…</c>: the version, a tag of four digits for each Stripe Price of the sale, and the HMAC. At Stripe every line has
/// a Price, because Stripe makes one for a line that has its own amount. The tags tell which Prices the sale named.</para>
/// <para>Seals of the first version, <c>v1.5b0e…</c>, do not cover the lines. Sessions that are under way have them.</para>
/// </remarks>
public static class SaleSeal
{
    private const string FirstVersion = "v1.";
    private const string Version = "v2.";
    private const int TagLength = 4;

    private static readonly byte[] s_purpose = "checkout-aspire/sale-seal/v1"u8.ToArray();

    /// <summary>The seal of a sale.</summary>
    public static string Of(
        StripeSecretKey key, string orderRef, string owner, long amountSubtotal, string currency, IReadOnlyCollection<SealedLine> lines)
    {
        var tags = string.Concat(lines.Select(line => line.PriceId).OfType<string>().Select(TagOf).Distinct().Order(StringComparer.Ordinal));
        return $"{Version}{tags}.{Hash(key, $"{TextOf(orderRef, owner, amountSubtotal, currency)}\n{TextOf(lines)}")}";
    }

    /// <summary>Whether a seal covers the lines, and <see cref="Verify(string, StripeSecretKey, string, string, long, string, IReadOnlyCollection{SealedLine})"/> needs them.</summary>
    public static bool CoversLines(string seal) => seal.StartsWith(Version, StringComparison.Ordinal);

    /// <summary>Whether a seal of the first version is the sale's.</summary>
    public static bool Verify(string seal, StripeSecretKey key, string orderRef, string owner, long amountSubtotal, string currency) =>
        Matches(seal, FirstVersion + Hash(key, TextOf(orderRef, owner, amountSubtotal, currency)));

    /// <summary>Whether a seal that covers the lines is the sale's.</summary>
    /// <param name="seal">The seal in the session's metadata.</param>
    /// <param name="key">The Stripe key.</param>
    /// <param name="orderRef">The sale's reference.</param>
    /// <param name="owner">The sale's owner.</param>
    /// <param name="amountSubtotal">Before discounts, tax and shipping, in minor units.</param>
    /// <param name="currency">Lower case ISO 4217 code.</param>
    /// <param name="lines">The session's lines as Stripe returns them, each with the id of its Price.</param>
    public static bool Verify(
        string seal, StripeSecretKey key, string orderRef, string owner, long amountSubtotal, string currency, IReadOnlyCollection<SealedLine> lines)
    {
        if (!CoversLines(seal) || seal.Split('.') is not [_, var tags, _])
        {
            return false;
        }

        var named = tags.Chunk(TagLength).Select(tag => new string(tag)).ToHashSet(StringComparer.Ordinal);
        return Matches(seal, Of(
            key, orderRef, owner, amountSubtotal, currency,
            [.. lines.Select(line => line.PriceId is { } id && named.Contains(TagOf(id)) ? line : line with { PriceId = null })]));
    }

    private static bool Matches(string seal, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(seal), Encoding.UTF8.GetBytes(expected));

    private static string TextOf(string orderRef, string owner, long amountSubtotal, string currency) =>
        string.Create(CultureInfo.InvariantCulture, $"{orderRef}\n{owner}\n{amountSubtotal}\n{currency}");

    /// <summary>The lines in an order of their own, because Stripe documents none.</summary>
    private static string TextOf(IEnumerable<SealedLine> lines) => string.Join('\n', lines
        .Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.PriceId} {line.Quantity} {line.UnitAmount}"))
        .Order(StringComparer.Ordinal));

    private static string TagOf(string priceId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(priceId)).AsSpan(0, TagLength / 2));

    private static string Hash(StripeSecretKey key, string text)
    {
        var sealKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.Value), HMACSHA256.HashSizeInBytes, info: s_purpose);
        return Convert.ToHexStringLower(HMACSHA256.HashData(sealKey, Encoding.UTF8.GetBytes(text)));
    }
}
