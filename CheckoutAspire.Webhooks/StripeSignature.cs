using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CheckoutAspire.Webhooks;

/// <summary>What the signature check found.</summary>
internal enum SignatureVerdict
{
    Valid,

    /// <summary>No header, or an empty one.</summary>
    Missing,

    /// <summary>No timestamp, or no <c>v1</c> signature.</summary>
    Malformed,

    /// <summary>The timestamp is out of tolerance.</summary>
    Stale,

    /// <summary>No <c>v1</c> signature is of any configured secret.</summary>
    Mismatch,
}

/// <summary>
/// Verifies <c>Stripe-Signature: t=1763884800,v1=5257a8…[,v1=…][,v0=…]</c> over the raw bytes
/// (<see href="https://docs.stripe.com/webhooks#verify-manually"/>). Schemes other than <c>v1</c> are ignored.
/// </summary>
internal static class StripeSignature
{
    /// <summary>Stripe's own tolerance, either way: a replayed or long delayed delivery is refused.</summary>
    public const long ToleranceSeconds = 300;

    private const int HexLength = HMACSHA256.HashSizeInBytes * 2;

    /// <summary>More digits than a 64-bit Unix time has.</summary>
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

        // Judged last, so that a stale answer says that the secret is right: the clock is what is wrong.
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
