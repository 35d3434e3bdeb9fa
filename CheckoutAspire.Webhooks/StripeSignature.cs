using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CheckoutAspire.Webhooks;

/// <summary>The result of a signature check.</summary>
internal enum SignatureVerdict
{
    Valid,

    /// <summary>No header, or an empty one.</summary>
    Missing,

    /// <summary>No timestamp, or no <c>v1</c> signature.</summary>
    Malformed,

    /// <summary>A signature matches, but the timestamp is outside the tolerance.</summary>
    Stale,

    /// <summary>No <c>v1</c> signature matches a configured secret.</summary>
    Mismatch,
}

/// <summary>
/// Verifies <c>Stripe-Signature: t=1763884800,v1=5257a8…[,v1=…][,v0=…]</c> over the raw bytes
/// (<see href="https://docs.stripe.com/webhooks#verify-manually"/>). Schemes other than <c>v1</c> are ignored.
/// </summary>
internal static class StripeSignature
{
    /// <summary>The tolerance of Stripe's own libraries, in both directions. Replayed and long-delayed deliveries are rejected.</summary>
    public const long ToleranceSeconds = 300;

    private const int HexLength = HMACSHA256.HashSizeInBytes * 2;

    /// <summary>The number of digits of the largest 64-bit integer.</summary>
    private const int MaxTimestampLength = 19;

    public static SignatureVerdict Verify(string? header, SignedBody body, IReadOnlyList<SigningSecret> secrets, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(header))
        {
            return SignatureVerdict.Missing;
        }

        if (!TryFindTimestamp(header, out var timestamp, out var seconds, out var hasSignature) || !hasSignature)
        {
            return SignatureVerdict.Malformed;
        }

        var payload = body.SignedPayload(timestamp);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<char> expected = stackalloc char[HexLength];
        var matches = false;
        foreach (var secret in secrets)
        {
            secret.Sign(payload, hash);
            Convert.TryToHexStringLower(hash, expected, out _);
            matches |= AnyMatches(header, expected);
        }

        // The timestamp is checked last: a stale result therefore means that the secret is correct and only the time is wrong.
        return !matches ? SignatureVerdict.Mismatch
            : Math.Abs(now.ToUnixTimeSeconds() - seconds) > ToleranceSeconds ? SignatureVerdict.Stale
            : SignatureVerdict.Valid;
    }

    private static bool TryFindTimestamp(
        ReadOnlySpan<char> header, out ReadOnlySpan<char> timestamp, out long seconds, out bool hasSignature)
    {
        timestamp = default;
        hasSignature = false;
        foreach (var range in header.Split(','))
        {
            var item = header[range].Trim();
            if (item.StartsWith("t=") && timestamp.IsEmpty)
            {
                timestamp = item[2..];
            }

            hasSignature |= item.StartsWith("v1=");
        }

        seconds = 0;
        return timestamp.Length <= MaxTimestampLength
            && long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
    }

    private static bool AnyMatches(ReadOnlySpan<char> header, ReadOnlySpan<char> expected)
    {
        var matches = false;
        foreach (var range in header.Split(','))
        {
            var item = header[range].Trim();
            if (item.StartsWith("v1="))
            {
                matches |= CryptographicOperations.FixedTimeEquals(
                    MemoryMarshal.AsBytes(item[3..]),
                    MemoryMarshal.AsBytes(expected));
            }
        }

        return matches;
    }
}
